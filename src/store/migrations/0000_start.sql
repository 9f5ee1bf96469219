CREATE TABLE "api_key" (
	"key_id" text PRIMARY KEY NOT NULL,
	"tenant_id" uuid NOT NULL,
	"role" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"created_at" bigint NOT NULL,
	"revoked_at" bigint,
	CONSTRAINT "api_key_hash_length" CHECK (octet_length(hash) = 32)
);
--> statement-breakpoint
CREATE TABLE "capture_job" (
	"tenant_id" uuid NOT NULL,
	"capture_id" uuid NOT NULL,
	"key_id" text NOT NULL,
	"running" boolean NOT NULL,
	"success" boolean NOT NULL,
	"behaviour" text NOT NULL,
	"created_at" bigint NOT NULL,
	"finished_at" bigint,
	"event_count" bigint NOT NULL,
	"first_sequence" bigint,
	"stored_count" bigint DEFAULT 0 NOT NULL,
	"errors" jsonb NOT NULL,
	"exceptions" jsonb NOT NULL,
	CONSTRAINT "capture_job_tenant_id_capture_id_pk" PRIMARY KEY("tenant_id","capture_id")
);
--> statement-breakpoint
CREATE TABLE "event" (
	"tenant_id" uuid NOT NULL,
	"sequence" bigint NOT NULL,
	"event_id" "bytea" NOT NULL,
	"variant" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	"type" text NOT NULL,
	"action" text,
	"event_time" bigint NOT NULL,
	"record_time" bigint NOT NULL,
	"biz_step" text,
	"disposition" text,
	"read_point" text,
	"biz_location" text,
	"read_point_key" "bytea",
	"biz_location_key" "bytea",
	"transformation_id" text,
	"declaration" jsonb,
	"mentions" "bytea" NOT NULL,
	"capture_id" uuid NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "event_tenant_id_sequence_pk" PRIMARY KEY("tenant_id","sequence"),
	CONSTRAINT "event_hash_length" CHECK (octet_length(hash) = 32),
	CONSTRAINT "event_variant_known" CHECK (octet_length(variant) = 0 or (octet_length(variant) = 33 and get_byte(variant, 0) in (1, 2))),
	CONSTRAINT "event_read_point_known" CHECK (octet_length(read_point_key) between 2 and 1024 and get_byte(read_point_key, 0) in (16,17,18,19,20,32,48,49,64,65,80,81,96,97,112,128,129,225,240) and (get_byte(read_point_key, 0) <> 49 or octet_length(read_point_key) = 7)),
	CONSTRAINT "event_biz_location_known" CHECK (octet_length(biz_location_key) between 2 and 1024 and get_byte(biz_location_key, 0) in (16,17,18,19,20,32,48,49,64,65,80,81,96,97,112,128,129,225,240) and (get_byte(biz_location_key, 0) <> 49 or octet_length(biz_location_key) = 7)),
	CONSTRAINT "event_id_known" CHECK (octet_length(event_id) between 2 and 1100 and get_byte(event_id, 0) in (1, 2, 240))
);
--> statement-breakpoint
CREATE TABLE "known" (
	"tenant_id" uuid NOT NULL,
	"field" text NOT NULL,
	"value" text NOT NULL,
	CONSTRAINT "known_tenant_id_field_value_pk" PRIMARY KEY("tenant_id","field","value")
);
--> statement-breakpoint
CREATE TABLE "log_head" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"size" bigint DEFAULT 0 NOT NULL,
	"record_time" bigint DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE "master_data" (
	"tenant_id" uuid NOT NULL,
	"type" text NOT NULL,
	"key" "bytea" NOT NULL,
	"id" text NOT NULL,
	"attributes" jsonb NOT NULL,
	"children" jsonb NOT NULL,
	"record_time" bigint NOT NULL,
	"capture_id" uuid NOT NULL,
	CONSTRAINT "master_data_tenant_id_type_key_pk" PRIMARY KEY("tenant_id","type","key"),
	CONSTRAINT "master_data_key_known" CHECK (octet_length(key) between 2 and 1024 and get_byte(key, 0) in (16,17,18,19,20,32,48,49,64,65,80,81,96,97,112,128,129,225,240) and (get_byte(key, 0) <> 49 or octet_length(key) = 7))
);
--> statement-breakpoint
CREATE TABLE "mention" (
	"tenant_id" uuid NOT NULL,
	"key" "bytea" NOT NULL,
	"sequence" bigint NOT NULL,
	"role" smallint NOT NULL,
	"gcp_length" smallint NOT NULL,
	CONSTRAINT "mention_tenant_id_key_sequence_role_pk" PRIMARY KEY("tenant_id","key","sequence","role"),
	CONSTRAINT "mention_key_known" CHECK (octet_length(key) between 2 and 1024 and get_byte(key, 0) in (16,17,18,19,20,32,48,49,64,65,80,81,96,97,112,128,129,225,240) and (get_byte(key, 0) <> 49 or octet_length(key) = 7))
);
--> statement-breakpoint
CREATE INDEX "api_key_tenant" ON "api_key" USING btree ("tenant_id","key_id");--> statement-breakpoint
CREATE INDEX "capture_job_created" ON "capture_job" USING btree ("tenant_id","created_at","capture_id");--> statement-breakpoint
CREATE UNIQUE INDEX "event_id_variant" ON "event" USING btree ("tenant_id","event_id","variant");--> statement-breakpoint
CREATE INDEX "event_other" ON "event" USING btree ("tenant_id","event_id") WHERE variant <> ''::bytea;--> statement-breakpoint
CREATE INDEX "event_time" ON "event" USING btree ("tenant_id","event_time","sequence");--> statement-breakpoint
CREATE INDEX "event_record_time" ON "event" USING btree ("tenant_id","record_time");--> statement-breakpoint
CREATE INDEX "event_read_point" ON "event" USING btree ("tenant_id","read_point_key");--> statement-breakpoint
CREATE INDEX "event_biz_location" ON "event" USING btree ("tenant_id","biz_location_key");--> statement-breakpoint
CREATE INDEX "event_transformation" ON "event" USING btree ("tenant_id","transformation_id") WHERE transformation_id is not null;--> statement-breakpoint
CREATE INDEX "event_declaration" ON "event" USING btree ("tenant_id","sequence") WHERE declaration is not null;