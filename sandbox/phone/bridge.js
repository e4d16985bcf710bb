/** WeixinJSBridge, as WeChat puts it into a page: two calls open a sheet of WeChat Pay, the others just succeed. */

(() => {
  const FONT = "17px/1.5 -apple-system, 'PingFang SC', 'Noto Sans SC', sans-serif";
  const KINDS = { pay: ["付给", "立即支付"], transfer: ["收款自", "确认收款"] };
  const PREFIX = { getBrandWCPayRequest: "get_brand_wcpay_request", requestMerchantTransfer: "requestMerchantTransfer" };

  const cookie = /(?:^|; )sandbox_person=([^;]*)/;
  const person = () => decodeURIComponent(cookie.exec(document.cookie)?.[1] ?? "");

  async function ask(call, params, sure) {
    const options = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ call, params, sure }) };
    try {
      const response = await fetch(`/sandbox/v1/people/${encodeURIComponent(person())}/bridge`, options);
      const answer = await response.json();
      return response.ok ? answer : { err_msg: `${PREFIX[call]}:fail`, err_desc: answer.detail };
    } catch {
      return { err_msg: `${PREFIX[call]}:fail`, err_desc: "沙盒没有回答" };
    }
  }

  function box(tag, style, ...children) {
    const node = document.createElement(tag);
    Object.assign(node.style, style);
    node.append(...children);
    return node;
  }

  function button(words, testid, green, run) {
    const colours = green ? { background: "#07C160", color: "#fff" } : { background: "#F2F2F2", color: "#06AE56" };
    const node = box("button", { ...colours, border: 0, borderRadius: "8px", padding: "12px 0", width: "100%", marginTop: "12px", font: FONT, cursor: "pointer" }, words);
    node.type = "button";
    node.dataset.testid = testid;
    node.addEventListener("click", run);
    return node;
  }

  /** A sheet from below; resolves to true when the green button was pressed. */
  function sheet(title, amount, words, green, other = "取消") {
    return new Promise((decided) => {
      const host = box("div", { position: "fixed", inset: 0, zIndex: 2147483647, background: "rgba(0,0,0,.5)", display: "flex", alignItems: "flex-end" });
      const done = (value) => { host.remove(); decided(value); };
      const buttons = [green && button(green, "bridge-confirm", true, () => done(true)), button(green ? other : "知道了", "bridge-cancel", false, () => done(false))].filter(Boolean);
      const heading = box("div", { fontSize: "15px", color: "#555" }, title);
      const figure = box("div", { fontSize: "30px", fontWeight: 600, margin: "8px 0" }, amount);
      const panel = box("div", { background: "#fff", color: "#191919", width: "100%", boxSizing: "border-box", padding: "24px 20px 28px", borderRadius: "12px 12px 0 0", textAlign: "center", font: FONT }, heading, figure, box("div", { fontSize: "15px", color: "#555", whiteSpace: "pre-line" }, words), ...buttons);
      panel.setAttribute("role", "dialog");
      panel.setAttribute("aria-modal", "true");
      panel.setAttribute("aria-label", title);
      panel.dataset.testid = "bridge-sheet";
      host.addEventListener("keydown", (event) => event.key === "Escape" && done(false));
      host.append(panel);
      document.body.append(host);
      buttons[0].focus();
    });
  }

  async function open(call, params) {
    const looked = await ask(call, params, false);
    if (!looked.open) {
      await sheet("微信支付", "", looked.err_desc ?? "打不开", "");
      return looked;
    }
    const [title, green] = KINDS[looked.open.kind];
    const sure = await sheet(`${title}${looked.open.payee}`, looked.open.amount, looked.open.words, green);
    return sure ? ask(call, params, true) : { err_msg: `${PREFIX[call]}:cancel` };
  }

  async function invoke(call, params = {}, callback = () => {}) {
    callback(PREFIX[call] ? await open(call, params) : { err_msg: `${call}:ok` });
  }

  /** <wx-open-subscribe template="id1,id2">: one press asks for one message of each. */
  class Subscribe extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      this.attachShadow({ mode: "open" }).append(button("允许通知", "bridge-subscribe", true, () => this.ask()));
    }

    async ask() {
      const templates = (this.getAttribute("template") ?? "").split(",").filter(Boolean);
      const accept = await sheet("公众号想给你发通知", "", `每样一条：\n${templates.join("\n")}`, "允许", "拒绝");
      for (const template of templates) {
        const body = JSON.stringify({ template, accept });
        const response = await fetch(`/sandbox/v1/people/${encodeURIComponent(person())}/subscription`, { method: "POST", headers: { "Content-Type": "application/json" }, body }).catch(() => null);
        if (!response?.ok) return void this.tell("error", { errMsg: "subscribe:fail", errCode: -1 });
      }
      const status = JSON.stringify({ status: accept ? "accept" : "reject" });
      this.tell("success", { errMsg: "subscribe:ok", subscribeDetails: JSON.stringify(Object.fromEntries(templates.map((template) => [template, status]))) });
    }

    tell(name, detail) {
      this.dispatchEvent(new CustomEvent(name, { detail }));
    }
  }
  customElements.define("wx-open-subscribe", Subscribe);

  /** The part of the JS-SDK that stands on the bridge alone; its signature is not looked at here. */
  const wx = {
    config: () => {},
    error: () => {},
    ready: (run) => setTimeout(run, 0),
    checkJsApi: ({ jsApiList = [], success = () => {} }) => success({ errMsg: "checkJsApi:ok", checkResult: Object.fromEntries(jsApiList.map((name) => [name, name in PREFIX])) }),
  };
  window.WeixinJSBridge = Object.freeze({ invoke, call: invoke, on: () => {} });
  window.wx ??= wx;
  const ready = () => document.dispatchEvent(new Event("WeixinJSBridgeReady"));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", ready);
  else ready();
})();
