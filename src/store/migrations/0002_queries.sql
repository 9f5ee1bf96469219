CREATE TABLE "ended_walk" (
	"tenant_id" uuid NOT NULL,
	"walk" text NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "ended_walk_tenant_id_walk_pk" PRIMARY KEY("tenant_id","walk")
);
--> statement-breakpoint
CREATE TABLE "named_query" (
	"tenant_id" uuid NOT NULL,
	"name" text NOT NULL,
	"query" jsonb NOT NULL,
	"prefixes" jsonb NOT NULL,
	"created_at" bigint NOT NULL,
	CONSTRAINT "named_query_tenant_id_name_pk" PRIMARY KEY("tenant_id","name")
);
--> statement-breakpoint
CREATE INDEX "ended_walk_expires" ON "ended_walk" USING btree ("tenant_id","expires_at","walk");