CREATE TABLE "sessions" (
	"id" text PRIMARY KEY NOT NULL,
	"user_id" text NOT NULL,
	"generation" integer NOT NULL,
	"rotated_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"revoked_at" timestamp (3) with time zone,
	"revoked_reason" text,
	CONSTRAINT "sessions_generation_check" CHECK ("sessions"."generation" >= 1),
	CONSTRAINT "sessions_revoked_check" CHECK (("sessions"."revoked_at" is null) = ("sessions"."revoked_reason" is null)),
	CONSTRAINT "sessions_revoked_reason_check" CHECK ("sessions"."revoked_reason" in ('logout', 'logout_all', 'reuse', 'closed'))
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" text PRIMARY KEY NOT NULL,
	"phone_hash" text,
	"phone_sealed" text,
	"name" text NOT NULL,
	"locale" text NOT NULL,
	"state" text NOT NULL,
	"role" text DEFAULT 'renter' NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"updated_at" timestamp (3) with time zone NOT NULL,
	"activated_at" timestamp (3) with time zone,
	CONSTRAINT "users_phone_hash_key" UNIQUE("phone_hash"),
	CONSTRAINT "users_state_check" CHECK ("users"."state" in ('pending', 'active', 'suspended', 'closed')),
	CONSTRAINT "users_role_check" CHECK ("users"."role" in ('renter', 'agent', 'support', 'finance', 'admin')),
	CONSTRAINT "users_locale_check" CHECK ("users"."locale" in ('sw', 'en')),
	CONSTRAINT "users_name_check" CHECK (char_length("users"."name") between 1 and 80),
	CONSTRAINT "users_phone_check" CHECK ("users"."state" = 'closed' or ("users"."phone_hash" is not null and "users"."phone_sealed" is not null)),
	CONSTRAINT "users_activated_at_check" CHECK ("users"."state" in ('pending', 'closed') or "users"."activated_at" is not null)
);
--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "sessions_user_id_idx" ON "sessions" USING btree ("user_id") WHERE "sessions"."revoked_at" is null;