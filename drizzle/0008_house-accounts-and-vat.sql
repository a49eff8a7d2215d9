INSERT INTO accounts (code, kind, normal_side) VALUES
  ('azampay_clearing', 'azampay_clearing', 'debit'), ('bank', 'bank', 'debit'), ('withdrawal_clearing', 'withdrawal_clearing', 'credit'),
  ('suspense', 'suspense', 'credit'), ('revenue_rental', 'revenue_rental', 'credit'), ('revenue_extension', 'revenue_extension', 'credit'),
  ('revenue_late', 'revenue_late', 'credit'), ('revenue_lost', 'revenue_lost', 'credit'), ('vat_output', 'vat_output', 'credit'),
  ('provider_fees', 'provider_fees', 'debit'), ('bad_debt', 'bad_debt', 'debit'), ('goodwill', 'goodwill', 'debit');
--> statement-breakpoint
-- The standard rate of Mainland Tanzania; another rate is another row with its day of effect.
INSERT INTO vat_rates (effective_from, percent) VALUES ('2015-07-01', 18);
