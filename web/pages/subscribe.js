(function () {
  'use strict';
  var card = document.getElementById('subscribe');
  var tag = document.getElementById('ask');
  if (!card || !tag) return;
  var config = JSON.parse(card.dataset.config);
  var said = card.querySelectorAll('[data-said]');

  function say(name) {
    said.forEach(function (one) { one.hidden = one.dataset.said !== name; });
  }
  function fail() { say('fail'); }
  // One yes among several templates is a yes: WeChat tells us which ones by itself.
  tag.addEventListener('success', function (event) {
    var details = (event.detail && event.detail.subscribeDetails) || '';
    say(/accept/.test(typeof details === 'string' ? details : JSON.stringify(details)) ? 'yes' : 'no');
  });
  tag.addEventListener('error', fail);

  function begin() {
    config.jsApiList = [];
    config.openTagList = ['wx-open-subscribe'];
    window.wx.error(fail);
    window.wx.config(config);
  }
  if (window.wx && window.wx.config) { begin(); return; }
  var script = document.createElement('script');
  script.src = 'https://res.wx.qq.com/open/js/jweixin-1.6.0.js';
  script.onload = begin;
  script.onerror = fail;
  document.head.appendChild(script);
})();
