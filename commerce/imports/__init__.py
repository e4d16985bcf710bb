"""Rows of a table become products, orders and plays. Each row is taken whole, or refused."""
