(function () {
  'use strict';
  var card = document.getElementById('transfer');
  if (!card) return;
  var receive = document.getElementById('receive');
  var said = card.querySelectorAll('[data-said]');
  var request = JSON.parse(card.dataset.request);
  // What happened is kept in the address, which a reload keeps too.
  var closed = /^#closed-(\d+)$/.exec(location.hash);
  var WAIT_MS = 30000;

  function say(name) {
    said.forEach(function (one) { one.hidden = one.dataset.said !== name; });
  }
  function lookAgain() {
    say('ok');
    setTimeout(function () { location.reload(); }, 3000);
  }
  // "ok" says that WeChat's page was shown and closed, not that money moved.
  function answered(result) {
    receive.disabled = false;
    var message = (result && result.err_msg) || '';
    if (/:ok$/.test(message)) {
      location.hash = 'closed-' + Date.now();
      lookAgain();
    } else {
      say(/:cancel/.test(message) ? 'cancel' : 'fail');
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

  receive.addEventListener('click', function () {
    say('');
    receive.disabled = true;
    withBridge(function (bridge) {
      bridge.invoke('requestMerchantTransfer', request, answered);
    }, function () {
      receive.disabled = false;
      say('nowhere');
    });
  });
  window.addEventListener('pageshow', function (event) { if (event.persisted) location.reload(); });
  if (closed && Date.now() - Number(closed[1]) < WAIT_MS) lookAgain();
})();
