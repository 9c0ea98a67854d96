"""Django's database backends, with the errors and the sessions this product rests on."""
