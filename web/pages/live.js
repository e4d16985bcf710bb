(function () {
  'use strict';
  var here = document.getElementById('here');
  var back = document.getElementById('back');
  function say() {
    if (document.hidden) return;
    fetch(here.dataset.address, { method: 'POST' }).catch(function () {});
  }
  if (here) { say(); setInterval(say, 30000); }
  function inWeChat() {
    back.hidden = false;
    back.addEventListener('click', function () { window.WeixinJSBridge.call('closeWindow'); });
  }
  if (!back || !back.dataset.chat) return;
  if (window.WeixinJSBridge) inWeChat();
  else document.addEventListener('WeixinJSBridgeReady', inWeChat);
})();
