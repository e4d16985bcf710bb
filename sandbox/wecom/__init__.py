"""WeCom's platform: API under /wecom, callbacks to /wecom/app and /wecom/kf."""
