(function () {
  'use strict';
  var card = document.getElementById('cashier');
  if (!card) return;
  var pay = document.getElementById('pay');
  var code = document.getElementById('native');
  var said = card.querySelectorAll('[data-said]');
  var payment = JSON.parse(card.dataset.payment || 'null');
  var left = Number(card.dataset.left);
  var opened = performance.now();
  // What happened is kept in the address, which a reload keeps too.
  var asked = /^#asked-(\d+)$/.exec(location.hash);
  var WAIT_MS = 60000;

  function say(name) {
    said.forEach(function (one) { one.hidden = one.dataset.said !== name; });
  }
  function reloadIn(ms) { setTimeout(function () { location.reload(); }, ms); }
  function waitForResult() {
    document.getElementById('ready').hidden = true;
    if (code) code.hidden = true;
    say('ok');
    reloadIn(3000);
  }
  function showCode() {
    if (!code) { say('nowhere'); return; }
    say('');
    code.hidden = false;
    pay.hidden = true;
    location.hash = 'code';
    reloadIn(5000);
  }
  function answered(result) {
    pay.disabled = false;
    var message = (result && result.err_msg) || '';
    if (/:ok$/.test(message)) {
      location.hash = 'asked-' + Date.now();
      waitForResult();
    } else {
      say(/:cancel$/.test(message) ? 'cancel' : 'fail');
    }
  }
  function withBridge(use, without) {
    if (window.WeixinJSBridge) { use(window.WeixinJSBridge); return; }
    var late = setTimeout(function () {
      document.removeEventListener('WeixinJSBridgeReady', ready);
      without();
    }, 800);
    function ready() { clearTimeout(late); use(window.WeixinJSBridge); }
    document.addEventListener('WeixinJSBridgeReady', ready, { once: true });
  }
  function tapped() {
    if (!payment) { showCode(); return; }
    say('');
    pay.disabled = true;
    withBridge(function (bridge) {
      bridge.invoke('getBrandWCPayRequest', payment, answered);
    }, function () {
      pay.disabled = false;
      showCode();
    });
  }
  function tick() {
    var rest = left - Math.floor((performance.now() - opened) / 1000);
    if (rest <= 0) { location.reload(); return; }
    var minutes = Math.floor(rest / 60);
    document.getElementById('left').textContent =
      '，还有 ' + (minutes ? minutes + ' 分 ' : '') + (rest % 60) + ' 秒';
    setTimeout(tick, 1000);
  }

  pay.addEventListener('click', tapped);
  window.addEventListener('pageshow', function (event) { if (event.persisted) location.reload(); });
  if (left > 0) tick();
  if (asked && Date.now() - Number(asked[1]) < WAIT_MS) waitForResult();
  else if (location.hash === '#code' || (code && !code.hidden)) showCode();
})();
