CREATE TABLE "capture_verdict" (
	"tenant_id" uuid NOT NULL,
	"capture_id" uuid NOT NULL,
	"event_index" bigint NOT NULL,
	"stored" boolean NOT NULL,
	"verdict" jsonb NOT NULL,
	CONSTRAINT "capture_verdict_tenant_id_capture_id_event_index_pk" PRIMARY KEY("tenant_id","capture_id","event_index")
);
--> statement-breakpoint
CREATE TABLE "idempotency_key" (
	"tenant_id" uuid NOT NULL,
	"key_id" text NOT NULL,
	"key" text NOT NULL,
	"fingerprint" "bytea" NOT NULL,
	"capture_id" uuid NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "idempotency_key_tenant_id_key_id_key_pk" PRIMARY KEY("tenant_id","key_id","key"),
	CONSTRAINT "idempotency_key_fingerprint_length" CHECK (octet_length(fingerprint) = 32)
);
--> statement-breakpoint
ALTER TABLE "capture_job" ADD COLUMN "alive_at" bigint;--> statement-breakpoint
CREATE INDEX "idempotency_key_created" ON "idempotency_key" USING btree ("tenant_id","created_at");