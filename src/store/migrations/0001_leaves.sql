ALTER TABLE "event" ADD COLUMN "leaf" "bytea";--> statement-breakpoint
UPDATE "event" SET "leaf" = sha256('\x00'::bytea || convert_to(concat_ws(chr(10), 'tagtrail-leaf/1', sequence, record_time,
  case when octet_length(variant) = 0 then 'event' when get_byte(variant, 0) = 1 then 'declaration' else 'refused' end,
  case get_byte(event_id, 0)
    when 1 then 'ni:///sha-256;' || encode(substr(event_id, 2), 'hex') || '?ver=CBV2.0'
    when 2 then 'urn:uuid:' || encode(substr(event_id, 2), 'hex')::uuid
    else convert_from(substr(event_id, 2), 'UTF8') end,
  'ni:///sha-256;' || encode(hash, 'hex') || '?ver=CBV2.0',
  case when octet_length(variant) > 0 and get_byte(variant, 0) = 1 then encode(substr(variant, 2), 'hex') else '' end,
  capture_id, ''), 'UTF8'));--> statement-breakpoint
ALTER TABLE "event" ALTER COLUMN "leaf" SET NOT NULL;--> statement-breakpoint
ALTER TABLE "event" ADD CONSTRAINT "event_leaf_length" CHECK (octet_length(leaf) = 32);
