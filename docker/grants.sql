-- What the program's accounts may do. Run as the owner after each migration, in one transaction; safe to repeat.
-- The custody record is added to and read. Its triggers refuse a change from anybody; these grants keep the program from
-- the triggers. Never make continuity_app an owner of a table, or a member of continuity_owner.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO continuity_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO continuity_app;

REVOKE ALL ON custody_event, custody_commitment, custody_subjectcounter, django_migrations FROM continuity_app;
REVOKE ALL ON custody_erasure, custody_cluster FROM continuity_app;
REVOKE ALL ON custody_leaf, custody_tile, custody_treehead, custody_logkey, custody_anchor FROM continuity_app;
GRANT SELECT, INSERT ON custody_event, custody_commitment, custody_erasure TO continuity_app;
-- a text behind a commitment goes only where a row of the erasures says by what authority: a trigger sees to that
GRANT DELETE ON custody_commitment TO continuity_app;
-- one row a subject, whose number only ever rises: a trigger sees to that
GRANT SELECT, INSERT, UPDATE ON custody_subjectcounter TO continuity_app;
GRANT SELECT ON django_migrations, custody_leaf, custody_tile, custody_treehead, custody_logkey, custody_anchor
    TO continuity_app;

-- The sequencer reads events and writes the tree over them; a tile grows at its end, and a trigger sees to that
GRANT SELECT ON custody_event, custody_cluster TO continuity_sequencer;
GRANT SELECT, INSERT ON custody_leaf, custody_treehead, custody_logkey, custody_anchor TO continuity_sequencer;
GRANT SELECT, INSERT, UPDATE ON custody_tile TO continuity_sequencer;
GRANT USAGE ON SEQUENCE custody_tile_id_seq, custody_treehead_id_seq, custody_anchor_id_seq TO continuity_sequencer;
