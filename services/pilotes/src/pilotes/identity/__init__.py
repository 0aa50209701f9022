"""Who a person is to the pilots: an account, or a personal code that their device stores."""
