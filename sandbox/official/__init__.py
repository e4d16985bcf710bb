"""The official account's platform: API under /official, callbacks to /wechat/official."""
