CREATE UNLOGGED TABLE "staged_event" (
	"tenant_id" uuid NOT NULL,
	"capture_id" uuid NOT NULL,
	"position" bigint NOT NULL,
	"event_id" "bytea" NOT NULL,
	"variant" "bytea" NOT NULL,
	"hash" "bytea" NOT NULL,
	"leaf_tail" text NOT NULL,
	"type" text NOT NULL,
	"action" text,
	"event_time" bigint NOT NULL,
	"biz_step" text,
	"disposition" text,
	"read_point" text,
	"biz_location" text,
	"read_point_key" "bytea",
	"biz_location_key" "bytea",
	"transformation_id" text,
	"declaration" jsonb,
	"mentions" "bytea" NOT NULL,
	"body" jsonb NOT NULL,
	CONSTRAINT "staged_event_tenant_id_capture_id_position_pk" PRIMARY KEY("tenant_id","capture_id","position")
);
--> statement-breakpoint
CREATE UNLOGGED TABLE "staged_mention" (
	"tenant_id" uuid NOT NULL,
	"capture_id" uuid NOT NULL,
	"position" bigint NOT NULL,
	"key" "bytea" NOT NULL,
	"role" smallint NOT NULL,
	"gcp_length" smallint NOT NULL
);
--> statement-breakpoint
CREATE INDEX "staged_event_id" ON "staged_event" USING btree ("tenant_id","capture_id","event_id","variant","position");--> statement-breakpoint
CREATE INDEX "staged_mention_position" ON "staged_mention" USING btree ("tenant_id","capture_id","position");