ALTER TABLE "subscription" DROP CONSTRAINT "subscription_form_known";--> statement-breakpoint
ALTER TABLE "named_query" ADD COLUMN "key_id" text;--> statement-breakpoint
ALTER TABLE "subscription" ADD COLUMN "key_id" text;--> statement-breakpoint
ALTER TABLE "subscription" ADD CONSTRAINT "subscription_form_known" CHECK (form in ('json', 'xml-1.2', 'xml-2.0', 'alerts'));