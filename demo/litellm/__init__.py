"""The demo with the real LiteLLM proxy in place of the sample gateway: installation, configuration, providers, load."""
