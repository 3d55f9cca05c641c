"""The demo's page: a pretend Slack client, Azure panel and traffic view in the browser."""
