"""What pilotes answers over HTTP: it parses and renders."""
