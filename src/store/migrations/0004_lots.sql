CREATE TABLE "lot_file" (
	"tenant_id" uuid NOT NULL,
	"lot_file_id" uuid NOT NULL,
	"key_id" text NOT NULL,
	"idempotency_key" text,
	"options" jsonb NOT NULL,
	"state" text NOT NULL,
	"bytes" bigint DEFAULT 0 NOT NULL,
	"progress" jsonb NOT NULL,
	"lease_until" bigint DEFAULT 0 NOT NULL,
	"created_at" bigint NOT NULL,
	"finished_at" bigint,
	CONSTRAINT "lot_file_tenant_id_lot_file_id_pk" PRIMARY KEY("tenant_id","lot_file_id")
);
--> statement-breakpoint
CREATE TABLE "lot_piece" (
	"tenant_id" uuid NOT NULL,
	"lot_file_id" uuid NOT NULL,
	"piece" bigint NOT NULL,
	"bytes" "bytea" NOT NULL,
	CONSTRAINT "lot_piece_tenant_id_lot_file_id_piece_pk" PRIMARY KEY("tenant_id","lot_file_id","piece")
);
--> statement-breakpoint
CREATE TABLE "lot_row" (
	"tenant_id" uuid NOT NULL,
	"lot_file_id" uuid NOT NULL,
	"row" bigint NOT NULL,
	"cells" jsonb NOT NULL,
	"problems" jsonb NOT NULL,
	CONSTRAINT "lot_row_tenant_id_lot_file_id_row_pk" PRIMARY KEY("tenant_id","lot_file_id","row")
);
--> statement-breakpoint
CREATE TABLE "master_data_version" (
	"tenant_id" uuid NOT NULL,
	"type" text NOT NULL,
	"key" "bytea" NOT NULL,
	"version" bigint NOT NULL,
	"id" text NOT NULL,
	"attributes" jsonb NOT NULL,
	"children" jsonb NOT NULL,
	"deleted" boolean DEFAULT false NOT NULL,
	"record_time" bigint NOT NULL,
	"key_id" text,
	"capture_id" uuid,
	CONSTRAINT "master_data_version_tenant_id_type_key_version_pk" PRIMARY KEY("tenant_id","type","key","version"),
	CONSTRAINT "master_data_version_key_known" CHECK (octet_length(key) between 2 and 1024 and get_byte(key, 0) in (16,17,18,19,20,32,48,49,64,65,80,81,96,97,112,128,129,225,240) and (get_byte(key, 0) <> 49 or octet_length(key) = 7))
);
--> statement-breakpoint
ALTER TABLE "master_data" ALTER COLUMN "capture_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "master_data" ADD COLUMN "version" bigint DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE INDEX "lot_file_created" ON "lot_file" USING btree ("tenant_id","created_at","lot_file_id");--> statement-breakpoint
CREATE UNIQUE INDEX "lot_file_idempotency" ON "lot_file" USING btree ("tenant_id","idempotency_key") WHERE idempotency_key is not null;--> statement-breakpoint
INSERT INTO "master_data_version" ("tenant_id", "type", "key", "version", "id", "attributes", "children", "record_time", "capture_id")
SELECT "tenant_id", "type", "key", "version", "id", "attributes", "children", "record_time", "capture_id" FROM "master_data";
