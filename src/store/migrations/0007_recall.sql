CREATE TABLE "recall_alert" (
	"tenant_id" uuid NOT NULL,
	"number" bigint NOT NULL,
	"case_id" uuid NOT NULL,
	"key" "bytea" NOT NULL,
	"sequence" bigint NOT NULL,
	"raised_at" bigint NOT NULL,
	"body" jsonb NOT NULL,
	"acknowledged" jsonb,
	CONSTRAINT "recall_alert_tenant_id_number_pk" PRIMARY KEY("tenant_id","number")
);
--> statement-breakpoint
CREATE TABLE "recall_case" (
	"tenant_id" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"drill" boolean NOT NULL,
	"opened_at" bigint NOT NULL,
	"closed_at" bigint,
	"steps" integer NOT NULL,
	"digest" "bytea" NOT NULL,
	"scope" integer DEFAULT 0 NOT NULL,
	"as_of" bigint DEFAULT 0 NOT NULL,
	"summary" jsonb NOT NULL,
	CONSTRAINT "recall_case_tenant_id_case_id_pk" PRIMARY KEY("tenant_id","case_id"),
	CONSTRAINT "recall_case_digest_length" CHECK (octet_length(digest) = 32)
);
--> statement-breakpoint
CREATE TABLE "recall_entry" (
	"tenant_id" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"key" "bytea" NOT NULL,
	"since" integer NOT NULL,
	"until" integer,
	"id" text NOT NULL,
	"role" text NOT NULL,
	"kind" text NOT NULL,
	"confidence" text NOT NULL,
	"state" text,
	"cause" jsonb NOT NULL,
	"end_cause" jsonb,
	CONSTRAINT "recall_entry_tenant_id_case_id_key_since_pk" PRIMARY KEY("tenant_id","case_id","key","since"),
	CONSTRAINT "recall_entry_key_known" CHECK (octet_length(key) between 2 and 1024 and get_byte(key, 0) in (16,17,18,19,20,32,48,49,64,65,80,81,96,97,112,128,129,225,240) and (get_byte(key, 0) <> 49 or octet_length(key) = 7))
);
--> statement-breakpoint
CREATE TABLE "recall_item" (
	"tenant_id" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"key" "bytea" NOT NULL,
	"id" text NOT NULL,
	"decision" text,
	"decided_step" integer,
	"decided_by" text,
	"held_step" integer NOT NULL,
	"released_step" integer,
	"held" boolean NOT NULL,
	CONSTRAINT "recall_item_tenant_id_case_id_key_pk" PRIMARY KEY("tenant_id","case_id","key"),
	CONSTRAINT "recall_item_key_known" CHECK (octet_length(key) between 2 and 1024 and get_byte(key, 0) in (16,17,18,19,20,32,48,49,64,65,80,81,96,97,112,128,129,225,240) and (get_byte(key, 0) <> 49 or octet_length(key) = 7)),
	CONSTRAINT "recall_item_decision_known" CHECK (decision in ('in', 'out'))
);
--> statement-breakpoint
CREATE TABLE "recall_link" (
	"tenant_id" uuid NOT NULL,
	"link_id" text NOT NULL,
	"case_id" uuid NOT NULL,
	"consignee" text NOT NULL,
	"hash" "bytea" NOT NULL,
	"created_at" bigint NOT NULL,
	"expires_at" bigint NOT NULL,
	CONSTRAINT "recall_link_tenant_id_link_id_pk" PRIMARY KEY("tenant_id","link_id"),
	CONSTRAINT "recall_link_hash_length" CHECK (octet_length(hash) = 32)
);
--> statement-breakpoint
CREATE TABLE "recall_step" (
	"tenant_id" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"step" integer NOT NULL,
	"at" bigint NOT NULL,
	"kind" text NOT NULL,
	"body" text NOT NULL,
	"digest" "bytea" NOT NULL,
	CONSTRAINT "recall_step_tenant_id_case_id_step_pk" PRIMARY KEY("tenant_id","case_id","step"),
	CONSTRAINT "recall_step_digest_length" CHECK (octet_length(digest) = 32)
);
--> statement-breakpoint
CREATE TABLE "recall_watch" (
	"tenant_id" uuid PRIMARY KEY NOT NULL,
	"progress" bigint NOT NULL,
	"alerts" bigint DEFAULT 0 NOT NULL,
	"scoped" bigint NOT NULL,
	"active" boolean NOT NULL
);
--> statement-breakpoint
ALTER TABLE "recall_alert" ADD CONSTRAINT "recall_alert_tenant_id_case_id_recall_case_tenant_id_case_id_fk" FOREIGN KEY ("tenant_id","case_id") REFERENCES "recall_case"("tenant_id","case_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recall_entry" ADD CONSTRAINT "recall_entry_tenant_id_case_id_recall_case_tenant_id_case_id_fk" FOREIGN KEY ("tenant_id","case_id") REFERENCES "recall_case"("tenant_id","case_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recall_item" ADD CONSTRAINT "recall_item_tenant_id_case_id_recall_case_tenant_id_case_id_fk" FOREIGN KEY ("tenant_id","case_id") REFERENCES "recall_case"("tenant_id","case_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recall_link" ADD CONSTRAINT "recall_link_tenant_id_case_id_recall_case_tenant_id_case_id_fk" FOREIGN KEY ("tenant_id","case_id") REFERENCES "recall_case"("tenant_id","case_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "recall_step" ADD CONSTRAINT "recall_step_tenant_id_case_id_recall_case_tenant_id_case_id_fk" FOREIGN KEY ("tenant_id","case_id") REFERENCES "recall_case"("tenant_id","case_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "recall_alert_once" ON "recall_alert" USING btree ("tenant_id","case_id","sequence","key");--> statement-breakpoint
CREATE INDEX "recall_case_opened" ON "recall_case" USING btree ("tenant_id","opened_at","case_id");--> statement-breakpoint
CREATE INDEX "recall_item_key" ON "recall_item" USING btree ("tenant_id","key");