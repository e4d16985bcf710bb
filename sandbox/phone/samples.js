/** A film and a picture for someone who has none at hand. Each one differs, so none is taken for a repetition. */

import { clockTime, date, now } from "./clock.js";

function box(type, payload) {
  const bytes = new Uint8Array(8 + payload.length);
  new DataView(bytes.buffer).setUint32(0, bytes.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(payload, 8);
  return bytes;
}

/** An MP4 of a few bytes: a true file-type box and a data box with the person's name, nothing that plays. */
export function smallFilm(name) {
  const words = new TextEncoder();
  const brands = words.encode("isom\0\0\x02\0isomiso2mp41");
  const data = words.encode(`${name} ${new Date(now()).toISOString()} ${crypto.getRandomValues(new Uint32Array(2)).join("")}`);
  return new File([box("ftyp", brands), box("mdat", data)], `${name}的短视频.mp4`, { type: "video/mp4" });
}

/** A small JPEG that says who took it and when. */
export async function drawnPicture(name) {
  const canvas = document.createElement("canvas");
  canvas.width = 480;
  canvas.height = 640;
  const pen = canvas.getContext("2d");
  const hue = crypto.getRandomValues(new Uint8Array(1))[0] * 360 / 256;
  pen.fillStyle = `hsl(${hue} 30% 40%)`;
  pen.fillRect(0, 0, 480, 640);
  pen.fillStyle = "#fff";
  pen.textAlign = "center";
  pen.font = "44px sans-serif";
  pen.fillText(`${name}拍的`, 240, 310, 420);
  pen.font = "26px sans-serif";
  pen.fillText(`${date(now())} ${clockTime(now())}`, 240, 366);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
  return new File([blob], `${name}的图片.jpg`, { type: "image/jpeg" });
}
