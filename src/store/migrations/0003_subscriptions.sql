CREATE TABLE "subscription" (
	"tenant_id" uuid NOT NULL,
	"subscription_id" text NOT NULL,
	"query_name" text,
	"query" jsonb,
	"form" text DEFAULT 'json' NOT NULL,
	"dest" text NOT NULL,
	"secret" "bytea",
	"epc_format" text NOT NULL,
	"schedule" jsonb,
	"report_if_empty" boolean NOT NULL,
	"initial_record_time" bigint NOT NULL,
	"created_at" bigint NOT NULL,
	"progress" bigint NOT NULL,
	"up_to" bigint,
	"min_record_time" bigint NOT NULL,
	"last_notified_at" bigint,
	"due_at" bigint NOT NULL,
	"batch_max" smallint NOT NULL,
	"failures" smallint DEFAULT 0 NOT NULL,
	"failure" text,
	"paused_at" bigint,
	"lease" uuid,
	"leased_until" bigint DEFAULT 0 NOT NULL,
	CONSTRAINT "subscription_tenant_id_subscription_id_pk" PRIMARY KEY("tenant_id","subscription_id"),
	CONSTRAINT "subscription_form_known" CHECK (form in ('json', 'xml-1.2', 'xml-2.0')),
	CONSTRAINT "subscription_query_one" CHECK ((query_name is null) <> (query is null))
);
--> statement-breakpoint
ALTER TABLE "subscription" ADD CONSTRAINT "subscription_tenant_id_query_name_named_query_tenant_id_name_fk" FOREIGN KEY ("tenant_id","query_name") REFERENCES "named_query"("tenant_id","name") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "subscription_query" ON "subscription" USING btree ("tenant_id","query_name","created_at","subscription_id");