"""Money, invoices, payments, roles and rules: pure, standard library only."""
