-- The geohash of a place, 8 characters. In the migration and not among the functions: the column below is made of it, so it never changes.
CREATE FUNCTION internal_geohash(p_latitude double precision, p_longitude double precision) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  v_alphabet CONSTANT text := '0123456789bcdefghjkmnpqrstuvwxyz';
  v_y CONSTANT bigint := least(1048575, floor((p_latitude + 90) / 180 * 1048576)::bigint);
  v_x CONSTANT bigint := least(1048575, floor((p_longitude + 180) / 360 * 1048576)::bigint);
  v_hash text := '';
  v_letter integer;
BEGIN
  -- Bits by turns from both, the longitude's highest first; five make a letter.
  FOR i IN 0..39 LOOP
    v_letter := CASE WHEN i % 5 = 0 THEN 0 ELSE v_letter * 2 END + (((CASE WHEN i % 2 = 0 THEN v_x ELSE v_y END) >> (19 - i / 2)) & 1)::integer;
    IF i % 5 = 4 THEN
      v_hash := v_hash || substr(v_alphabet, v_letter + 1, 1);
    END IF;
  END LOOP;
  RETURN v_hash;
END $$;
--> statement-breakpoint
ALTER TABLE "suspense_items" DROP CONSTRAINT "suspense_items_reason_check";--> statement-breakpoint
ALTER TABLE "stations" ADD COLUMN "geohash" text collate "C" GENERATED ALWAYS AS (internal_geohash(latitude, longitude)) STORED NOT NULL;--> statement-breakpoint
ALTER TABLE "stations" ADD COLUMN "accepts_static_code" boolean DEFAULT true NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "device" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "email_sealed" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "terms_version" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "terms_accepted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "terms_channel" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "offers_accepted_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "closed_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "closed_phone_hash" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "erased_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE INDEX "stations_geohash_idx" ON "stations" USING btree ("geohash");--> statement-breakpoint
CREATE INDEX "users_erasable_idx" ON "users" USING btree ("closed_at") WHERE "users"."closed_at" is not null and "users"."erased_at" is null;--> statement-breakpoint
ALTER TABLE "suspense_items" ADD CONSTRAINT "suspense_items_reason_check" CHECK ("suspense_items"."reason" in ('wrong_amount', 'unknown_reference', 'second_payment', 'reference_mismatch', 'account_closed'));--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_device_check" CHECK (char_length("sessions"."device") between 1 and 40);--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_closed_at_check" CHECK (("users"."state" = 'closed') = ("users"."closed_at" is not null));--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_erased_check" CHECK ("users"."state" <> 'closed' or ("users"."phone_hash" is null and "users"."phone_sealed" is null and "users"."email_sealed" is null));--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users_terms_check" CHECK (("users"."terms_version" is null) = ("users"."terms_accepted_at" is null) and ("users"."terms_version" is null) = ("users"."terms_channel" is null) and "users"."terms_channel" in ('web', 'ussd', 'sms'));