"""A WeChat on your desk: the platforms' side of the wire, and a page that looks like a phone.

One sub-package per platform (`official` is api.weixin.qq.com with its callbacks; `wecom` and `pay`
belong beside it). What a person does, what their phone shows, clock, faults and wire are shared by
all of them. Nothing here imports the application.
"""
