(function () {
  'use strict';
  var here = document.getElementById('here');
  var back = document.getElementById('back');
  function say() {
    if (document.hidden) return;
    fetch(here.dataset.address, { method: 'POST' }).catch(function () {});
  }
  function newKey() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.prototype.map.call(bytes, function (one) { return ('0' + one.toString(16)).slice(-2); }).join('');
  }
  function sells(button) {
    var told = button.nextElementSibling;
    var key = newKey();  // Of one wish: asked again after a lost answer it is the same order.
    function tell(words) { told.textContent = words; told.hidden = !words; button.disabled = false; }
    function heard(status, found) {
      if (status === 200) { key = newKey(); button.disabled = false; location.href = found.pay; }
      else if (status === 401) tell('这一页开得太久了。回到对话，发「进直播间」再来一次。');
      else tell(found.words || '现在人多，没有下单，没有扣钱。再点一次。');
    }
    button.addEventListener('click', function () {
      tell('');
      button.disabled = true;
      fetch(button.dataset.grab, {
        method: 'POST',
        headers: { 'Authorization': 'Bearer ' + button.dataset.token, 'Idempotency-Key': key },
      }).then(function (answer) {
        return answer.json().then(function (found) { heard(answer.status, found); });
      }).catch(function () { tell('没有连上。再点一次，不会重复下单。'); });
    });
  }
  document.querySelectorAll('[data-grab]').forEach(sells);
  window.addEventListener('pageshow', function (event) { if (event.persisted) location.reload(); });
  if (here) { say(); setInterval(say, 30000); }
  function inWeChat() {
    back.hidden = false;
    back.addEventListener('click', function () { window.WeixinJSBridge.call('closeWindow'); });
  }
  if (!back || !back.dataset.chat) return;
  if (window.WeixinJSBridge) inWeChat();
  else document.addEventListener('WeixinJSBridgeReady', inWeChat);
})();
