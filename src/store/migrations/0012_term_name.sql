ALTER TABLE "mention" ADD COLUMN "term_name" "bytea" GENERATED ALWAYS AS (case when role = 19 then substring(key from 1 for 9) end) STORED;--> statement-breakpoint
INSERT INTO "mention" ("tenant_id", "key", "sequence", "role", "gcp_length")
SELECT "tenant_id", "term_name" || CASE "tag" WHEN 1 THEN '\x05'::bytea ELSE '\x06'::bytea END, "sequence", 19, 0
FROM (
  SELECT "tenant_id", "term_name", "sequence", CASE WHEN octet_length("key") > 9 THEN get_byte("key", 9) ELSE 0 END AS "tag"
  FROM "mention" WHERE "role" = 19
) AS "m"
WHERE "tag" IN (1, 2) GROUP BY "tenant_id", "term_name", "sequence", "tag" HAVING count(*) > 1
ORDER BY 1, 2, 3 ON CONFLICT DO NOTHING;--> statement-breakpoint
CREATE INDEX "mention_term" ON "mention" USING btree ("tenant_id","term_name","sequence","key") WHERE term_name is not null;
