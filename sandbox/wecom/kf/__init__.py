"""微信客服: people outside the corp talk one to one with a customer-service account."""
