"""WeChat Pay v3: API under /pay/v3, signed notifications to the application, the person's side."""
