CREATE TABLE "recall_look" (
	"tenant_id" uuid NOT NULL,
	"case_id" uuid NOT NULL,
	"at" bigint NOT NULL,
	"look_id" uuid NOT NULL,
	"key_id" text NOT NULL,
	"role" text NOT NULL,
	"what" text NOT NULL,
	"steps" integer NOT NULL,
	CONSTRAINT "recall_look_tenant_id_case_id_at_look_id_pk" PRIMARY KEY("tenant_id","case_id","at","look_id")
);
--> statement-breakpoint
ALTER TABLE "recall_look" ADD CONSTRAINT "recall_look_tenant_id_case_id_recall_case_tenant_id_case_id_fk" FOREIGN KEY ("tenant_id","case_id") REFERENCES "public"."recall_case"("tenant_id","case_id") ON DELETE no action ON UPDATE no action;