(function () {
  'use strict';
  var card = document.getElementById('verify');
  if (!card) return;
  var button = document.getElementById('begin');
  var told = document.getElementById('told');
  var bar = document.getElementById('bar');
  var words = JSON.parse(card.dataset.words);
  var SLICE_MS = 24, AT_ONCE = 100, ROOM = 1000;
  var HEX = /^[0-9a-f]{64}$/, TICKET = /^(?:[0-9]{6}|[1-9][0-9]{6,11})-[0-9]{2}$/;
  var SEAL = 'acdeghjkmpqsvwxy', SEALED = /^LT[0-9]{4}-[acdeghjkmpqsvwxy]{12}$/;
  var encoder = new TextEncoder();
  var encode = encoder.encode.bind(encoder);

  function isText(value) { return typeof value === 'string' && value.length <= 1000; }
  function isHex(value) { return typeof value === 'string' && HEX.test(value); }
  function isCount(value) { return Number.isInteger(value) && value >= 0 && value < 1e9; }
  function isTicket(value) { return typeof value === 'string' && TICKET.test(value); }
  function isList(value) { return Array.isArray(value) && value.every(isTicket); }
  var FIELDS = {
    version: function (value) { return value === 1; },
    lottery: isText, commit: isHex, secret: isHex, beacon: isText, winners_wanted: isCount,
    tickets: isList, digest: isHex, winners: isList
  };

  function misshapen(record) {
    if (!record || typeof record !== 'object' || Array.isArray(record)) return ['不是一份抽奖记录'];
    var unknown = Object.keys(record).filter(function (name) { return !FIELDS.hasOwnProperty(name); });
    return unknown.concat(Object.keys(FIELDS).filter(function (name) {
      return !FIELDS[name](record[name]);
    }));
  }
  function bytesOf(hex) {
    return Uint8Array.from(hex.match(/../g), function (pair) { return parseInt(pair, 16); });
  }
  function sealed(head, record) {
    var made = sha256.hex(sha256.of(encode(head + ':' + record.commit + ':' + record.winners_wanted)));
    return head + made.slice(0, 12).replace(/./g, function (digit) { return SEAL[parseInt(digit, 16)]; });
  }
  function isBefore(one, other) {
    return one.length !== other.length ? one.length < other.length : one < other;
  }
  function byScore(one, other) {
    for (var i = 0; i < 8; i++) {
      if (one.score[i] !== other.score[i]) return (one.score[i] >>> 0) - (other.score[i] >>> 0);
    }
    return 0;
  }
  function firstOfEach(scored) {
    var seen = {};
    return scored.sort(byScore).filter(function (one) {
      var booking = one.ticket.slice(0, -3), isNew = !seen[booking];
      seen[booking] = true;
      return isNew;
    });
  }

  // Each of these goes on in small steps and says what share of its work is done.
  function* digest(tickets) {
    var bytes = encode(tickets.join('\n')), state = sha256.begin(), step = 1 << 18, at = 0;
    for (; at + step <= bytes.length; at += step) {
      sha256.blocks(state, bytes, at, at + step);
      yield 0;
    }
    var whole = bytes.length - bytes.length % 64;
    sha256.blocks(state, bytes, at, whole);
    return sha256.hex(sha256.end(state, bytes.subarray(whole), bytes.length));
  }
  function* winners(record) {
    var wanted = record.winners_wanted, kept = [], bound = null;
    var prefix = encode(record.digest + ':' + record.beacon + ':');
    var score = sha256.hmac(bytesOf(record.secret), prefix);
    for (var at = 0; at < record.tickets.length; at++) {
      var one = { score: score(encode(record.tickets[at])), ticket: record.tickets[at] };
      if (!bound || byScore(one, bound) <= 0) kept.push(one);
      if (kept.length >= 2 * wanted + ROOM) {
        kept = firstOfEach(kept).slice(0, wanted);
        bound = wanted && kept.length === wanted ? kept[wanted - 1] : null;
      }
      if (at % AT_ONCE === 0) yield at / record.tickets.length;
    }
    return firstOfEach(kept).slice(0, wanted).map(function (one) { return one.ticket; });
  }
  function* findings(record) {
    var strange = misshapen(record);
    if (strange.length) return [words.shape + '：' + strange.slice(0, 5).join('、').slice(0, 80)];
    var found = [];
    if (record.lottery !== card.dataset.number) found.push(words.other);
    if (record.commit !== card.dataset.commit || record.digest !== card.dataset.digest) {
      found.push(words.promise);
    }
    if (sha256.hex(sha256.of(bytesOf(record.secret))) !== record.commit) found.push(words.commit);
    if (SEALED.test(record.lottery) && sealed(record.lottery.slice(0, 7), record) !== record.lottery) {
      found.push(words.number);
    }
    if ((yield* digest(record.tickets)) !== record.digest) found.push(words.digest);
    var isUnordered = record.tickets.some(function (one, at, all) {
      return at > 0 && !isBefore(all[at - 1], one);
    });
    if (isUnordered) found.push(words.order);
    if ((yield* winners(record)).join() !== record.winners.join()) found.push(words.winners);
    return found;
  }

  // In slices, so that the page stays awake.
  function run(work, each, done) {
    var until = performance.now() + SLICE_MS, next;
    do {
      next = work.next();
      if (next.done) { done(next.value); return; }
    } while (performance.now() < until);
    each(next.value);
    setTimeout(function () { run(work, each, done); }, 0);
  }
  function tell(look, lines) {
    told.className = 'told ' + look;
    told.textContent = '';
    lines.forEach(function (line) {
      told.appendChild(document.createElement('p')).textContent = line;
    });
    told.hidden = false;
  }
  function ready() {
    button.disabled = false;
    button.textContent = '再验证一遍';
    bar.hidden = true;
  }
  function refuse(found) {
    tell('wrong', ['这份记录对不上：'].concat(found, ['请在对话里回复「人工」，把这一页发给我们。']));
    ready();
  }
  function verify(text) {
    var started = performance.now(), record;
    try { record = JSON.parse(text); } catch (error) { refuse([words.shape]); return; }
    bar.hidden = false;
    run(findings(record), function (share) {
      var left = share > 0.02 ? (performance.now() - started) * (1 - share) / share / 1000 : 0;
      bar.value = share;
      tell('', ['正在算' + (left >= 1 ? '，还要约 ' + Math.ceil(left) + ' 秒' : '') + '…']);
    }, function (found) {
      if (found.length) { refuse(found); return; }
      var took = (performance.now() - started) / 1000;
      tell('right', [
        '对得上，刚在你的浏览器里重算了一遍：',
        '1 预约前公布的指纹，和公开的密钥对得上',
        '2 名单 ' + record.tickets.length.toLocaleString('en') + ' 个号，指纹对得上',
        '3 每个号用密钥算分，从小到大取 ' + record.winners_wanted + ' 个，和公布的中奖号一致',
        took < 0.1 ? '用了不到 0.1 秒。' : '用了 ' + took.toFixed(1) + ' 秒。'
      ]);
      ready();
    });
  }

  button.addEventListener('click', function () {
    button.disabled = true;
    tell('', ['正在下载名单…']);
    fetch(card.dataset.record).then(function (answer) {
      if (!answer.ok) throw new Error(String(answer.status));
      return answer.text();
    }).then(verify).catch(function () {
      tell('wrong', ['没能下载名单，看看网络，再点一次。']);
      ready();
    });
  });
})();
