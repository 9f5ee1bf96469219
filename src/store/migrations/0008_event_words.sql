DROP INDEX "event_record_time";--> statement-breakpoint
DROP INDEX "event_read_point";--> statement-breakpoint
DROP INDEX "event_biz_location";--> statement-breakpoint
ALTER TABLE "event" ADD COLUMN "words" bigint GENERATED ALWAYS AS (hashtextextended(type || ' ' || coalesce(action, '') || ' ' || coalesce(biz_step, '') || ' ' || coalesce(disposition, ''), 0)) STORED NOT NULL;--> statement-breakpoint
CREATE INDEX "event_odd_time" ON "event" USING btree ("tenant_id","event_time","sequence") WHERE event_time > record_time or event_time < record_time - 21600000;--> statement-breakpoint
CREATE INDEX "event_words" ON "event" USING btree ("tenant_id","words","sequence");--> statement-breakpoint
CREATE INDEX "event_read_point" ON "event" USING btree ("tenant_id","read_point_key","sequence");--> statement-breakpoint
CREATE INDEX "event_biz_location" ON "event" USING btree ("tenant_id","biz_location_key","sequence");--> statement-breakpoint
INSERT INTO "known" ("tenant_id", "field", "value")
SELECT DISTINCT "tenant_id", 'words', CASE WHEN length("words") > 512 THEN '*' ELSE "words" END
FROM (SELECT "tenant_id", "type" || ' ' || coalesce("action", '') || ' ' || coalesce("biz_step", '') || ' ' || coalesce("disposition", '') AS "words" FROM "event") AS "e"
ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING;
