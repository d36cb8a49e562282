-- Generated from migrations/ and src/ by `npm run docs`; do not edit.
--
-- Part 1: the log, which is the truth and can only grow.

-- The log: append-only tables that are the truth of a boot history. Everything else is derived from them.

CREATE TABLE event_kind (
  kind_id INTEGER PRIMARY KEY,
  kind    TEXT    NOT NULL,
  version INTEGER NOT NULL,
  fields  TEXT    NOT NULL, -- JSON: [{"name", "storage"}], in the order of the columns in a chunk
  sha256  BLOB    NOT NULL,
  UNIQUE (kind, version)
) STRICT;

CREATE TABLE boot (
  boot_id INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  origin  TEXT NOT NULL -- import or simulation
) STRICT;

-- A boot without a row here is unfinished: whoever wrote it was stopped.
CREATE TABLE boot_end (
  boot_id  INTEGER PRIMARY KEY REFERENCES boot,
  last_seq INTEGER NOT NULL,
  sha256   BLOB    NOT NULL
) STRICT;

CREATE TABLE chunk (
  boot_id   INTEGER NOT NULL REFERENCES boot,
  first_seq INTEGER NOT NULL,
  last_seq  INTEGER NOT NULL,
  t_min_ns  INTEGER,
  t_max_ns  INTEGER,
  kinds     TEXT    NOT NULL, -- kinds present, separated by blanks
  payload   BLOB    NOT NULL,
  sha256    BLOB    NOT NULL, -- over the previous chunk's, this row and the descriptions of its kinds
  PRIMARY KEY (boot_id, first_seq)
) STRICT;

CREATE TABLE source (
  boot_id INTEGER NOT NULL REFERENCES boot,
  source  INTEGER NOT NULL,
  name    TEXT    NOT NULL,
  format  TEXT    NOT NULL,
  PRIMARY KEY (boot_id, source)
) STRICT;

CREATE TABLE source_block (
  boot_id    INTEGER NOT NULL,
  source     INTEGER NOT NULL,
  block      INTEGER NOT NULL,
  first_line INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  byte_count INTEGER NOT NULL,
  codec      TEXT    NOT NULL,
  payload    BLOB    NOT NULL,
  sha256     BLOB    NOT NULL,
  PRIMARY KEY (boot_id, source, block),
  FOREIGN KEY (boot_id, source) REFERENCES source
) STRICT;

CREATE TABLE source_end (
  boot_id    INTEGER NOT NULL,
  source     INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  byte_count INTEGER NOT NULL,
  content_id TEXT    NOT NULL, -- SHA-256 of the file, as sha256sum prints it
  PRIMARY KEY (boot_id, source),
  FOREIGN KEY (boot_id, source) REFERENCES source
) STRICT;

CREATE INDEX source_end_content_id ON source_end (content_id);

-- How far the tables for SQL follow the log. The one table here that may change: it can be made again.
CREATE TABLE derived_state (
  boot_id  INTEGER PRIMARY KEY,
  last_seq INTEGER NOT NULL,
  layout   TEXT    NOT NULL -- digest of the tables' definitions
) STRICT;

CREATE TRIGGER event_kind_refuses_update BEFORE UPDATE ON event_kind BEGIN SELECT raise(ABORT, 'event_kind is append-only'); END;
CREATE TRIGGER event_kind_refuses_delete BEFORE DELETE ON event_kind BEGIN SELECT raise(ABORT, 'event_kind is append-only'); END;
CREATE TRIGGER boot_refuses_update BEFORE UPDATE ON boot BEGIN SELECT raise(ABORT, 'boot is append-only'); END;
CREATE TRIGGER boot_refuses_delete BEFORE DELETE ON boot BEGIN SELECT raise(ABORT, 'boot is append-only'); END;
CREATE TRIGGER boot_end_refuses_update BEFORE UPDATE ON boot_end BEGIN SELECT raise(ABORT, 'boot_end is append-only'); END;
CREATE TRIGGER boot_end_refuses_delete BEFORE DELETE ON boot_end BEGIN SELECT raise(ABORT, 'boot_end is append-only'); END;
CREATE TRIGGER chunk_refuses_update BEFORE UPDATE ON chunk BEGIN SELECT raise(ABORT, 'chunk is append-only'); END;
CREATE TRIGGER chunk_refuses_delete BEFORE DELETE ON chunk BEGIN SELECT raise(ABORT, 'chunk is append-only'); END;
CREATE TRIGGER source_refuses_update BEFORE UPDATE ON source BEGIN SELECT raise(ABORT, 'source is append-only'); END;
CREATE TRIGGER source_refuses_delete BEFORE DELETE ON source BEGIN SELECT raise(ABORT, 'source is append-only'); END;
CREATE TRIGGER source_block_refuses_update BEFORE UPDATE ON source_block BEGIN SELECT raise(ABORT, 'source_block is append-only'); END;
CREATE TRIGGER source_block_refuses_delete BEFORE DELETE ON source_block BEGIN SELECT raise(ABORT, 'source_block is append-only'); END;
CREATE TRIGGER source_end_refuses_update BEFORE UPDATE ON source_end BEGIN SELECT raise(ABORT, 'source_end is append-only'); END;
CREATE TRIGGER source_end_refuses_delete BEFORE DELETE ON source_end BEGIN SELECT raise(ABORT, 'source_end is append-only'); END;

-- A chunk goes where the log of its boot ends, and nowhere else. This also stops INSERT OR REPLACE, which
-- would delete the old row without asking the triggers above; by a rowid given outright it could still delete
-- any row, so that is looked at as well (where none is given, it is -1 here).
CREATE TRIGGER chunk_goes_at_the_end BEFORE INSERT ON chunk
WHEN NEW.first_seq <> ifnull((SELECT last_seq FROM chunk WHERE boot_id = NEW.boot_id ORDER BY first_seq DESC LIMIT 1), 0) + 1
  OR NEW.last_seq < NEW.first_seq
  OR EXISTS (SELECT 1 FROM boot_end WHERE boot_id = NEW.boot_id)
  OR EXISTS (SELECT 1 FROM chunk WHERE rowid = NEW.rowid)
BEGIN SELECT raise(ABORT, 'chunk does not go at the end of an unfinished boot'); END;

CREATE TRIGGER source_block_goes_at_the_end BEFORE INSERT ON source_block
WHEN NEW.block <> ifnull((SELECT max(block) FROM source_block WHERE boot_id = NEW.boot_id AND source = NEW.source), 0) + 1
  OR EXISTS (SELECT 1 FROM source_end WHERE boot_id = NEW.boot_id AND source = NEW.source)
  OR EXISTS (SELECT 1 FROM source_block WHERE rowid = NEW.rowid)
BEGIN SELECT raise(ABORT, 'source_block does not go at the end of an unfinished source'); END;

CREATE TRIGGER event_kind_is_not_replaced BEFORE INSERT ON event_kind
WHEN EXISTS (SELECT 1 FROM event_kind WHERE kind_id = NEW.kind_id OR (kind = NEW.kind AND version = NEW.version))
BEGIN SELECT raise(ABORT, 'event_kind is append-only'); END;
CREATE TRIGGER boot_is_not_replaced BEFORE INSERT ON boot
WHEN EXISTS (SELECT 1 FROM boot WHERE boot_id = NEW.boot_id)
BEGIN SELECT raise(ABORT, 'boot is append-only'); END;
CREATE TRIGGER boot_end_is_not_replaced BEFORE INSERT ON boot_end
WHEN EXISTS (SELECT 1 FROM boot_end WHERE boot_id = NEW.boot_id)
BEGIN SELECT raise(ABORT, 'boot_end is append-only'); END;
CREATE TRIGGER source_is_not_replaced BEFORE INSERT ON source
WHEN EXISTS (SELECT 1 FROM source WHERE (boot_id = NEW.boot_id AND source = NEW.source) OR rowid = NEW.rowid)
BEGIN SELECT raise(ABORT, 'source is append-only'); END;
CREATE TRIGGER source_end_is_not_replaced BEFORE INSERT ON source_end
WHEN EXISTS (SELECT 1 FROM source_end WHERE (boot_id = NEW.boot_id AND source = NEW.source) OR rowid = NEW.rowid)
BEGIN SELECT raise(ABORT, 'source_end is append-only'); END;

-- Part 2: tables for SQL, derived from the log; `trace index` makes them again.

CREATE TABLE event (
  -- All events of all boots, each as one line of text.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  kind TEXT NOT NULL, -- Kind, such as smc.requested; its fields are in the table of that name
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  cause INTEGER, -- Seq of the event that brought it about, where known
  context TEXT, -- Where in the kernel it was recorded
  source INTEGER, -- Number of the imported file
  line INTEGER, -- Line in that file
  text TEXT NOT NULL -- The event as one line
) STRICT;
CREATE UNIQUE INDEX event_by_seq_boot ON event (seq, boot);
CREATE INDEX event_by_subject ON event (subject) WHERE subject IS NOT NULL;

CREATE TABLE boot_fact (
  -- What is known of the boot as a whole, each with the event that it stands on: kernel, machine, soc, mode (el2, or hypervisor below Linux), exception_level, kvm, command_line, and what a simulation says of itself. A fact that nothing tells has no row; one that is told in two ways has two.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  name TEXT NOT NULL, -- Fact
  value TEXT NOT NULL, -- Value
  seq INTEGER NOT NULL, -- The first event that tells it
  evidence TEXT NOT NULL -- What in that event tells it, and how
) STRICT;

CREATE TABLE smc (
  -- Secure monitor calls, a row a call. What a log does not show is null: the request of a return that stands alone, the return of a call that never came back.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER, -- The request
  returned_seq INTEGER, -- The return
  t_ns INTEGER, -- When it was requested, in ns
  duration_ns INTEGER, -- From request to return, in ns
  subject TEXT, -- What the call is about
  context TEXT, -- Who called
  function_id INTEGER NOT NULL, -- Function identifier (w0)
  name TEXT NOT NULL, -- Service and command as qcom_scm.h names them
  arg_count INTEGER, -- Number of arguments in registers
  arg0 INTEGER, -- x2
  arg1 INTEGER, -- x3
  arg2 INTEGER, -- x4
  arg3 INTEGER, -- x5
  arg4 INTEGER, -- x6
  arg5 INTEGER, -- x7
  call TEXT, -- The call with its arguments in readable form
  status INTEGER, -- x0 of the return, signed: what the firmware said
  errno INTEGER, -- What a caller in Linux sees: 0, a negative error number, or the firmware's own code, which is positive
  errno_name TEXT, -- Its name
  result0 INTEGER, -- x1 of the return
  result1 INTEGER, -- x2 of the return
  result2 INTEGER, -- x3 of the return
  reissues INTEGER -- How often the call was issued again after INTERRUPTED
) STRICT;
CREATE INDEX smc_by_seq ON smc (seq);
CREATE INDEX smc_by_name ON smc (name);

CREATE TABLE mapping (
  -- I/O mappings and how long they lived. A removal that covers part of a mapping ends that part; the rest goes on as rows of its own that began when the mapping did.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  space TEXT, -- Address space; null from traces, which do not name it
  subject TEXT, -- Whom it was made for, as far as that is known
  iova INTEGER NOT NULL, -- First I/O address
  iova_end INTEGER NOT NULL, -- First I/O address behind it
  pa INTEGER NOT NULL, -- First physical address
  size INTEGER NOT NULL, -- Bytes
  protection INTEGER, -- IOMMU_* bits: 1 read, 2 write, 4 cache, 8 noexec, 16 mmio, 32 priv
  iova_node INTEGER NOT NULL, -- Middle of the smallest aligned power-of-two block that holds its I/O addresses: docs/sql.md finds by it what covers an address
  pa_node INTEGER NOT NULL, -- Middle of the smallest aligned power-of-two block that holds its physical addresses: docs/sql.md finds by it what covers an address
  from_seq INTEGER NOT NULL, -- Event that began it
  to_seq INTEGER, -- Event that ended it; null where none did
  from_t_ns INTEGER, -- When it began, in ns
  to_t_ns INTEGER -- When it ended, in ns
) STRICT;
CREATE INDEX mapping_by_iova_node_boot_space_from_seq_to_seq ON mapping (iova_node, boot, space, from_seq, to_seq);
CREATE INDEX mapping_by_pa_node_boot_from_seq_to_seq ON mapping (pa_node, boot, from_seq, to_seq);

CREATE TABLE page_table_entry (
  -- Descriptors of translation tables, and how long each was there. It ends when the word is written again, also with the same value, and when its table is zeroed because it was allocated anew; from_seq and to_seq name those events. A word that is 0 has no row. Memory of a table that was freed keeps its words until somebody writes it.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  space TEXT, -- Address space of the table; null where nobody told
  table_pa INTEGER NOT NULL, -- Physical address of the table
  "index" INTEGER NOT NULL, -- Index in the table
  pa INTEGER NOT NULL, -- Physical address of the descriptor: table_pa + 8 * index
  level INTEGER NOT NULL, -- Level of the table
  iova INTEGER NOT NULL, -- First input address that the entry translates
  value INTEGER NOT NULL, -- The descriptor; 64 bits, as two's complement
  kind TEXT NOT NULL, -- `table`, `block`, `page`, or `invalid` for a word that is not 0 and translates nothing
  output_pa INTEGER, -- Table that it points to, or memory that it translates to
  from_seq INTEGER NOT NULL, -- Event that began it
  to_seq INTEGER, -- Event that ended it; null where none did
  from_t_ns INTEGER, -- When it began, in ns
  to_t_ns INTEGER -- When it ended, in ns
) STRICT;
CREATE INDEX page_table_entry_by_pa_boot_from_seq ON page_table_entry (pa, boot, from_seq);

CREATE TABLE shm_bridge (
  -- Memory that was opened to TrustZone by an SHM bridge, and how long.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  handle INTEGER NOT NULL, -- Handle
  subject TEXT, -- Whose memory it is, as far as that is known
  pa INTEGER NOT NULL, -- First physical address
  size INTEGER NOT NULL, -- Bytes
  pa_end INTEGER NOT NULL, -- First physical address behind it
  pa_node INTEGER NOT NULL, -- Middle of the smallest aligned power-of-two block that holds its physical addresses: docs/sql.md finds by it what covers an address
  from_seq INTEGER NOT NULL, -- Event that began it
  to_seq INTEGER, -- Event that ended it; null where none did
  from_t_ns INTEGER, -- When it began, in ns
  to_t_ns INTEGER -- When it ended, in ns
) STRICT;
CREATE INDEX shm_bridge_by_pa_node_boot_from_seq ON shm_bridge (pa_node, boot, from_seq);

CREATE TABLE memory_owner (
  -- Memory that was assigned to other owners, or back, and until when that held. It ends when the same range is assigned again; where ranges overlap, the one assigned last holds. What was never assigned belongs to whom the machine gave it, and has no row; neither has an assignment of which nobody told the range or the owners.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  subject TEXT, -- Whom it was done for, as far as that is known
  pa INTEGER NOT NULL, -- First physical address
  pa_end INTEGER NOT NULL, -- First physical address behind it
  size INTEGER NOT NULL, -- Bytes
  pa_node INTEGER NOT NULL, -- Middle of the smallest aligned power-of-two block that holds its physical addresses: docs/sql.md finds by it what covers an address
  owners TEXT NOT NULL, -- Owners and permissions, as the event has them
  owners_before TEXT, -- Owners that it was taken from
  from_seq INTEGER NOT NULL, -- Event that began it
  to_seq INTEGER, -- Event that ended it; null where none did
  from_t_ns INTEGER, -- When it began, in ns
  to_t_ns INTEGER -- When it ended, in ns
) STRICT;
CREATE INDEX memory_owner_by_pa_node_boot_from_seq ON memory_owner (pa_node, boot, from_seq);

CREATE TABLE remoteproc_state (
  -- The states that each remote processor went through, as the remoteproc core saw them.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  name TEXT NOT NULL, -- Remote processor
  state TEXT NOT NULL, -- State
  from_seq INTEGER NOT NULL, -- Event that began it
  to_seq INTEGER, -- Event that ended it; null where none did
  from_t_ns INTEGER, -- When it began, in ns
  to_t_ns INTEGER -- When it ended, in ns
) STRICT;
CREATE INDEX remoteproc_state_by_name_boot_from_seq ON remoteproc_state (name, boot, from_seq);

CREATE TABLE subject_name (
  -- By which names a log speaks of one subject: `remoteproc0`, `30000000.remoteproc`, firmware, streams. Each with the first event that ties the two, and how it is known: told by the log, or by the device trees of the SoC.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  subject TEXT NOT NULL, -- Subject
  name TEXT NOT NULL, -- Name, number, file or stream
  seq INTEGER NOT NULL, -- The first event that ties them
  evidence TEXT NOT NULL -- How it is known
) STRICT;
CREATE INDEX subject_name_by_subject ON subject_name (subject);

CREATE TABLE boot_started (
  -- boot.started: A history begins. A simulation knows all of it beforehand; an import leaves to later events what the log itself says.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  origin TEXT NOT NULL, -- Where the events come from (`import`, `simulation`)
  soc TEXT, -- SoC, when known beforehand
  board TEXT, -- Board, when known beforehand
  mode TEXT, -- How the hypervisor is set up: `qhee`, `gunyah`, `el2`
  kernel TEXT, -- Kernel version, when known beforehand
  scenario TEXT, -- Scenario of a simulation
  seed INTEGER -- Seed of a simulation
) STRICT;
CREATE UNIQUE INDEX boot_started_by_seq_boot ON boot_started (seq, boot);

CREATE TABLE boot_kernel_identified (
  -- boot.kernel_identified: The kernel said which version it is: in its banner or, where that is missing, above the call trace of a report.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  release TEXT NOT NULL, -- Release, such as 7.2.13
  banner TEXT NOT NULL, -- What else the line tells: builder, compiler, build number and date
  basis TEXT NOT NULL -- Which line tells it (`banner`, `report`)
) STRICT;
CREATE UNIQUE INDEX boot_kernel_identified_by_seq_boot ON boot_kernel_identified (seq, boot);

CREATE TABLE boot_machine_identified (
  -- boot.machine_identified: The kernel said which machine it runs on: the `model` of the device tree or, where that is missing, what SMBIOS or a report of the kernel calls it.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  model TEXT NOT NULL, -- Model
  basis TEXT NOT NULL -- Which line tells it (`devicetree`, `smbios`, `report`)
) STRICT;
CREATE UNIQUE INDEX boot_machine_identified_by_seq_boot ON boot_machine_identified (seq, boot);

CREATE TABLE boot_command_line_set (
  -- boot.command_line_set: The kernel command line.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  command_line TEXT NOT NULL -- Command line
) STRICT;
CREATE UNIQUE INDEX boot_command_line_set_by_seq_boot ON boot_command_line_set (seq, boot);

CREATE TABLE boot_cpus_started (
  -- boot.cpus_started: All CPUs are up, and at which exception level Linux found itself.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  exception_level INTEGER NOT NULL -- Exception level: 1 or 2
) STRICT;
CREATE UNIQUE INDEX boot_cpus_started_by_seq_boot ON boot_cpus_started (seq, boot);

CREATE TABLE boot_kvm_initialised (
  -- boot.kvm_initialised: KVM came up, or said that it cannot: the second witness of the exception level.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  mode TEXT NOT NULL -- `VHE`, `Hyp nVHE`, `Protected nVHE` …, or `unavailable`
) STRICT;
CREATE UNIQUE INDEX boot_kvm_initialised_by_seq_boot ON boot_kvm_initialised (seq, boot);

CREATE TABLE boot_stage_entered (
  -- boot.stage_entered: The boot reached a stage that everybody knows by name.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  stage TEXT NOT NULL -- Stage: `kernel`, `userspace`
) STRICT;
CREATE UNIQUE INDEX boot_stage_entered_by_seq_boot ON boot_stage_entered (seq, boot);

CREATE TABLE boot_property_told (
  -- boot.property_told: The kernel said what the machine, its firmware or its own set-up is like.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  property TEXT NOT NULL, -- Which: `psci_version`, `smccc_version`, `cpu_count`, `cpu_feature …`, `iommu_domain_type`, `scm_convention` …
  value TEXT NOT NULL -- Value
) STRICT;
CREATE UNIQUE INDEX boot_property_told_by_seq_boot ON boot_property_told (seq, boot);

CREATE TABLE boot_finished (
  -- boot.finished: The scenario that was simulated is over.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  outcome TEXT NOT NULL -- How it ended
) STRICT;
CREATE UNIQUE INDEX boot_finished_by_seq_boot ON boot_finished (seq, boot);

CREATE TABLE devicetree_overlay_applied (
  -- devicetree.overlay_applied: A device-tree overlay became part of the tree that Linux boots with.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  overlay TEXT NOT NULL -- Name of the overlay
) STRICT;
CREATE UNIQUE INDEX devicetree_overlay_applied_by_seq_boot ON devicetree_overlay_applied (seq, boot);

CREATE TABLE devicetree_property_set (
  -- devicetree.property_set: A property that decides how Linux boots the SoC, such as `iommus` on a remoteproc node.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  node TEXT NOT NULL, -- Node
  property TEXT NOT NULL, -- Property
  value TEXT NOT NULL -- Value in device-tree syntax
) STRICT;
CREATE UNIQUE INDEX devicetree_property_set_by_seq_boot ON devicetree_property_set (seq, boot);

CREATE TABLE memory_region_reserved (
  -- memory.region_reserved: A reserved-memory region of the device tree (drivers/of/of_reserved_mem.c).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  name TEXT NOT NULL, -- Node name, such as `pil-adsp@95900000`
  pa INTEGER NOT NULL, -- First physical address
  size INTEGER NOT NULL, -- Bytes
  no_map INTEGER NOT NULL -- Left out of the linear map
) STRICT;
CREATE UNIQUE INDEX memory_region_reserved_by_seq_boot ON memory_region_reserved (seq, boot);

CREATE TABLE memory_allocated (
  -- memory.allocated: A buffer was taken from a pool or heap for a purpose.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  purpose TEXT NOT NULL, -- What for: `metadata`, `resource-table-output` …
  pa INTEGER NOT NULL, -- First physical address
  size INTEGER NOT NULL -- Bytes
) STRICT;
CREATE UNIQUE INDEX memory_allocated_by_seq_boot ON memory_allocated (seq, boot);

CREATE TABLE memory_freed (
  -- memory.freed: A buffer was given back.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  purpose TEXT NOT NULL, -- What it had been for
  pa INTEGER NOT NULL, -- First physical address
  size INTEGER NOT NULL -- Bytes
) STRICT;
CREATE UNIQUE INDEX memory_freed_by_seq_boot ON memory_freed (seq, boot);

CREATE TABLE memory_written (
  -- memory.written: A range of physical memory got new content.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  purpose TEXT NOT NULL, -- What was written: `segment`, `bss` …
  pa INTEGER NOT NULL, -- First physical address
  size INTEGER NOT NULL, -- Bytes
  digest TEXT -- Digest of the content
) STRICT;
CREATE UNIQUE INDEX memory_written_by_seq_boot ON memory_written (seq, boot);

CREATE TABLE memory_assigned (
  -- memory.assigned: A range changed owners (MP_ASSIGN).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  pa INTEGER, -- First physical address
  size INTEGER, -- Bytes
  from_vms TEXT, -- Owners before
  to_vms TEXT -- Owners and permissions after
) STRICT;
CREATE UNIQUE INDEX memory_assigned_by_seq_boot ON memory_assigned (seq, boot);

CREATE TABLE memory_assignment_requested (
  -- memory.assignment_requested: What the lists say to which the arguments of an MP_ASSIGN point, as Linux fills them right before the call (drivers/firmware/qcom/qcom_scm.c, qcom_scm_assign_mem). No log or trace of Linux tells that.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  pa INTEGER NOT NULL, -- First physical address
  size INTEGER NOT NULL, -- Bytes
  from_vms TEXT NOT NULL, -- Owners that Linux takes for the present ones
  to_vms TEXT NOT NULL, -- Owners that it wants
  lists INTEGER NOT NULL -- Physical address of the lists: the third argument of the call
) STRICT;
CREATE UNIQUE INDEX memory_assignment_requested_by_seq_boot ON memory_assignment_requested (seq, boot);

CREATE TABLE smc_requested (
  -- smc.requested: Linux issues a secure monitor call (tracepoint qcom_scm:scm_smc_request).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  function_id INTEGER NOT NULL, -- Function identifier (w0); 1 for a re-issue after INTERRUPTED
  service INTEGER NOT NULL, -- Service byte
  command INTEGER NOT NULL, -- Command byte
  arg_count INTEGER NOT NULL, -- Number of arguments in registers, at most 6
  arg0 INTEGER, -- Argument 0 (register x2); null when not passed; 64 bits, as two's complement
  arg1 INTEGER, -- Argument 1 (register x3); null when not passed; 64 bits, as two's complement
  arg2 INTEGER, -- Argument 2 (register x4); null when not passed; 64 bits, as two's complement
  arg3 INTEGER, -- Argument 3 (register x5); null when not passed; 64 bits, as two's complement
  arg4 INTEGER, -- Argument 4 (register x6); null when not passed; 64 bits, as two's complement
  arg5 INTEGER, -- Argument 5 (register x7); null when not passed; 64 bits, as two's complement
  conduit TEXT -- `smc` or `hvc`
) STRICT;
CREATE UNIQUE INDEX smc_requested_by_seq_boot ON smc_requested (seq, boot);

CREATE TABLE smc_trapped (
  -- smc.trapped: The hypervisor caught a call on its way to TrustZone (HCR_EL2.TSC).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  function_id INTEGER NOT NULL -- Function identifier (w0); 1 for a re-issue after INTERRUPTED
) STRICT;
CREATE UNIQUE INDEX smc_trapped_by_seq_boot ON smc_trapped (seq, boot);

CREATE TABLE smc_forwarded (
  -- smc.forwarded: The hypervisor passed a trapped call on.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  function_id INTEGER NOT NULL -- Function identifier (w0); 1 for a re-issue after INTERRUPTED
) STRICT;
CREATE UNIQUE INDEX smc_forwarded_by_seq_boot ON smc_forwarded (seq, boot);

CREATE TABLE smc_returned (
  -- smc.returned: A call came back (tracepoint qcom_scm:scm_smc_done). `cause` is the request.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  function_id INTEGER NOT NULL, -- Function identifier (w0); 1 for a re-issue after INTERRUPTED
  transport_error INTEGER NOT NULL, -- Error of the transport itself: 0 unless the wait for a wait queue failed
  status INTEGER NOT NULL, -- x0 as the firmware left it: 0 is success, else a negative number; 64 bits, as two's complement
  result0 INTEGER NOT NULL, -- x1; 64 bits, as two's complement
  result1 INTEGER NOT NULL, -- x2; the handle, when the call makes a bridge; 64 bits, as two's complement
  result2 INTEGER NOT NULL -- x3; the size of the table, when the call asks for one; 64 bits, as two's complement
) STRICT;
CREATE UNIQUE INDEX smc_returned_by_seq_boot ON smc_returned (seq, boot);

CREATE TABLE smc_slept (
  -- smc.slept: A call was put to sleep on a wait queue of the firmware (scm_waitq_sleep).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  wait_queue INTEGER NOT NULL, -- Wait queue
  call_context INTEGER NOT NULL -- Context to resume with
) STRICT;
CREATE UNIQUE INDEX smc_slept_by_seq_boot ON smc_slept (seq, boot);

CREATE TABLE smc_resumed (
  -- smc.resumed: A sleeping call goes on (scm_waitq_resume).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  call_context INTEGER NOT NULL -- Context that was slept with
) STRICT;
CREATE UNIQUE INDEX smc_resumed_by_seq_boot ON smc_resumed (seq, boot);

CREATE TABLE page_table_created (
  -- page_table.created: A translation table was allocated for an address space; all its entries are zero.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  root_pa INTEGER NOT NULL, -- Physical address of the root table
  stage INTEGER NOT NULL, -- Stage: 1 or 2
  address_bits INTEGER NOT NULL, -- Bits of input address
  start_level INTEGER NOT NULL, -- Level that a walk starts at
  owner TEXT NOT NULL, -- Who owns it: `linux`, `hypervisor`
  space TEXT -- Address space that it defines, as `mapping.created` names it
) STRICT;
CREATE UNIQUE INDEX page_table_created_by_seq_boot ON page_table_created (seq, boot);

CREATE TABLE page_table_entry_written (
  -- page_table.entry_written: One descriptor of a translation table changed. One that points to another table than before means that the other was just allocated, and is zero.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  table_pa INTEGER NOT NULL, -- Physical address of the table
  "index" INTEGER NOT NULL, -- Index in the table
  level INTEGER NOT NULL, -- Level of the table
  old INTEGER NOT NULL, -- Descriptor before; 64 bits, as two's complement
  new INTEGER NOT NULL, -- Descriptor after; 64 bits, as two's complement
  iova INTEGER NOT NULL -- First input address that the entry translates
) STRICT;
CREATE UNIQUE INDEX page_table_entry_written_by_seq_boot ON page_table_entry_written (seq, boot);

CREATE TABLE page_table_pages_mapped (
  -- page_table.pages_mapped: One call that writes leaf entries of one size (kprobe on arm_lpae_map_pages).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  iova INTEGER NOT NULL, -- First input address
  pa INTEGER NOT NULL, -- First output address
  page_size INTEGER NOT NULL, -- Bytes of one leaf
  count INTEGER NOT NULL, -- Number of leaves
  protection INTEGER -- IOMMU_* bits: 1 read, 2 write, 4 cache, 8 noexec, 16 mmio, 32 priv
) STRICT;
CREATE UNIQUE INDEX page_table_pages_mapped_by_seq_boot ON page_table_pages_mapped (seq, boot);

CREATE TABLE page_table_pages_unmapped (
  -- page_table.pages_unmapped: One call that clears leaf entries of one size (kprobe on arm_lpae_unmap_pages).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  iova INTEGER NOT NULL, -- First input address
  page_size INTEGER NOT NULL, -- Bytes of one leaf
  count INTEGER NOT NULL -- Number of leaves
) STRICT;
CREATE UNIQUE INDEX page_table_pages_unmapped_by_seq_boot ON page_table_pages_unmapped (seq, boot);

CREATE TABLE page_table_tlb_invalidated (
  -- page_table.tlb_invalidated: Cached translations were thrown away.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  scope TEXT NOT NULL, -- `address`, `asid`, `vmid` or `all`
  asid INTEGER, -- ASID
  iova INTEGER, -- First input address
  size INTEGER -- Bytes
) STRICT;
CREATE UNIQUE INDEX page_table_tlb_invalidated_by_seq_boot ON page_table_tlb_invalidated (seq, boot);

CREATE TABLE page_table_destroyed (
  -- page_table.destroyed: A translation table was freed.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  root_pa INTEGER NOT NULL -- Physical address of the root table
) STRICT;
CREATE UNIQUE INDEX page_table_destroyed_by_seq_boot ON page_table_destroyed (seq, boot);

CREATE TABLE mapping_created (
  -- mapping.created: A range of I/O addresses was mapped (tracepoint iommu:map). A failed iommu_map shows what it had mapped, often nothing.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  space TEXT, -- Address space; null from iommu:map, which names neither device nor domain
  iova INTEGER NOT NULL, -- First I/O address
  pa INTEGER NOT NULL, -- First physical address
  size INTEGER NOT NULL, -- Bytes that were really mapped
  protection INTEGER -- IOMMU_* bits
) STRICT;
CREATE UNIQUE INDEX mapping_created_by_seq_boot ON mapping_created (seq, boot);

CREATE TABLE mapping_removed (
  -- mapping.removed: A range of I/O addresses was unmapped (tracepoint iommu:unmap).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  space TEXT, -- Address space; null from iommu:unmap
  iova INTEGER NOT NULL, -- First I/O address
  size INTEGER NOT NULL, -- Bytes that were asked for
  removed_size INTEGER NOT NULL -- Bytes that were really unmapped
) STRICT;
CREATE UNIQUE INDEX mapping_removed_by_seq_boot ON mapping_removed (seq, boot);

CREATE TABLE smmu_described (
  -- smmu.described: An SMMU told what its hardware can do, or what was set up for it, while it was probed.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- SMMU, such as `15000000.iommu`
  description TEXT NOT NULL -- Line, without prefix
) STRICT;
CREATE UNIQUE INDEX smmu_described_by_seq_boot ON smmu_described (seq, boot);

CREATE TABLE smmu_reset (
  -- smmu.reset: An SMMU was reset, or Linux took it over: from here on it is known what it does with each stream. Streams and context banks that are kept are told again by events of their own.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- SMMU, such as `15000000.iommu`
  unmatched TEXT NOT NULL -- What happens to a stream that no stream-match entry takes (sCR0.USFCFG) (`fault`, `bypass`)
) STRICT;
CREATE UNIQUE INDEX smmu_reset_by_seq_boot ON smmu_reset (seq, boot);

CREATE TABLE smmu_stream_configured (
  -- smmu.stream_configured: A stream-match entry and its stream-to-context entry were written (SMR, S2CR); of an SMMUv3 a stream table entry.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- SMMU, such as `15000000.iommu`
  "index" INTEGER, -- Index of the stream-match entry
  stream_id INTEGER NOT NULL, -- Stream ID
  mask INTEGER NOT NULL, -- Mask: set bits are not compared
  type TEXT NOT NULL, -- What happens to matching streams; `off` when the entry takes none any more (`translate`, `bypass`, `fault`, `off`)
  context_bank INTEGER -- Context bank that translates
) STRICT;
CREATE UNIQUE INDEX smmu_stream_configured_by_seq_boot ON smmu_stream_configured (seq, boot);

CREATE TABLE smmu_context_bank_configured (
  -- smmu.context_bank_configured: The registers of a context bank were written; of an SMMUv3 a context descriptor, which has fewer.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- SMMU, such as `15000000.iommu`
  context_bank INTEGER NOT NULL, -- Context bank
  space TEXT, -- Address space of the domain, as `mapping.created` names it
  stage INTEGER NOT NULL, -- Stage that it translates: 1 or 2
  ttbr0 INTEGER NOT NULL, -- TTBR0: root table, and at stage 1 the ASID; at stage 2 VTTBR; 64 bits, as two's complement
  ttbr1 INTEGER, -- TTBR1; 64 bits, as two's complement
  tcr INTEGER NOT NULL, -- TCR; at stage 2 VTCR; 64 bits, as two's complement
  tcr2 INTEGER, -- TCR2; 64 bits, as two's complement
  mair0 INTEGER NOT NULL, -- MAIR0; 64 bits, as two's complement
  sctlr INTEGER, -- SCTLR: bit 0 off lets everything through; 64 bits, as two's complement
  cbar INTEGER, -- CBAR; 64 bits, as two's complement
  cba2r INTEGER -- CBA2R; 64 bits, as two's complement
) STRICT;
CREATE UNIQUE INDEX smmu_context_bank_configured_by_seq_boot ON smmu_context_bank_configured (seq, boot);

CREATE TABLE smmu_group_added (
  -- smmu.group_added: A device joined an IOMMU group (tracepoint iommu:add_device_to_group, and the log line: where both were imported there is an event of each).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- Device
  "group" INTEGER NOT NULL -- Group number: in order of probing
) STRICT;
CREATE UNIQUE INDEX smmu_group_added_by_seq_boot ON smmu_group_added (seq, boot);

CREATE TABLE smmu_group_removed (
  -- smmu.group_removed: A device left its IOMMU group.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- Device
  "group" INTEGER NOT NULL -- Group number
) STRICT;
CREATE UNIQUE INDEX smmu_group_removed_by_seq_boot ON smmu_group_removed (seq, boot);

CREATE TABLE smmu_device_attached (
  -- smmu.device_attached: A device was attached to a domain (tracepoint iommu:attach_device_to_domain); also on its way back to the default domain: there is no detach event.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- Device
  domain TEXT -- Domain, when known
) STRICT;
CREATE UNIQUE INDEX smmu_device_attached_by_seq_boot ON smmu_device_attached (seq, boot);

CREATE TABLE smmu_faulted (
  -- smmu.faulted: A transaction was stopped by the SMMU. However many lines a log has of one fault, they are one event, which stands at the first of them.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- SMMU; `(NULL device *)` where only the remoteproc core told of the fault
  type TEXT NOT NULL, -- Which mechanism reported it: SMMUv2 context or global fault, SMMUv3 event (`context`, `global`, `event`)
  stream_id INTEGER, -- Stream ID (CBFRSYNRA; of a global fault sGFSYNR1)
  iova INTEGER, -- Faulting I/O address
  access TEXT, -- What the transaction wanted (WNR, IND) (`read`, `write`, `fetch`)
  reason TEXT, -- Why it was stopped: `translation`, `permission`, `unmatched-stream` …, joined by `+`
  level INTEGER, -- Level of the descriptor that ended the walk (PLVL)
  fsr INTEGER, -- Fault status register (FSR; of a global fault sGFSR)
  fsynr INTEGER, -- Fault syndrome register 0 (FSYNR0, sGFSYNR0)
  context_bank INTEGER, -- Context bank, as Linux numbers it
  hardware_bank INTEGER, -- Context bank, as the hardware numbers it (S1CBNDX): another one under a hypervisor
  detail TEXT -- Rest of the report: event of an SMMUv3, walks of the Qualcomm driver
) STRICT;
CREATE UNIQUE INDEX smmu_faulted_by_seq_boot ON smmu_faulted (seq, boot);

CREATE TABLE shm_bridge_enabled (
  -- shm_bridge.enabled: TrustZone checks from now on that buffers lie inside a bridge.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT -- What it is about
) STRICT;
CREATE UNIQUE INDEX shm_bridge_enabled_by_seq_boot ON shm_bridge_enabled (seq, boot);

CREATE TABLE shm_bridge_created (
  -- shm_bridge.created: Memory was opened to TrustZone. From a trace this follows from a SHM_BRIDGE_CREATE that returned 0.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  handle INTEGER NOT NULL, -- Handle; 64 bits, as two's complement
  pa INTEGER NOT NULL, -- First physical address; of a pool it varies from boot to boot
  size INTEGER NOT NULL, -- Bytes
  ns_permissions INTEGER NOT NULL, -- Permissions of the non-secure side: 4 read, 2 write, 1 execute
  s_permissions INTEGER NOT NULL -- Permissions of the secure side
) STRICT;
CREATE UNIQUE INDEX shm_bridge_created_by_seq_boot ON shm_bridge_created (seq, boot);

CREATE TABLE shm_bridge_deleted (
  -- shm_bridge.deleted: A bridge was taken down.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  handle INTEGER NOT NULL -- Handle; 64 bits, as two's complement
) STRICT;
CREATE UNIQUE INDEX shm_bridge_deleted_by_seq_boot ON shm_bridge_deleted (seq, boot);

CREATE TABLE pas_context_created (
  -- pas.context_created: The driver made a PAS context (devm_qcom_scm_pas_context_alloc).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  pas_id INTEGER NOT NULL, -- PAS id
  uses_tzmem INTEGER NOT NULL -- Metadata comes from the TrustZone memory pool: the node has `iommus`
) STRICT;
CREATE UNIQUE INDEX pas_context_created_by_seq_boot ON pas_context_created (seq, boot);

CREATE TABLE pas_metadata_prepared (
  -- pas.metadata_prepared: ELF headers and hash segment were copied to where TrustZone may read them.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  pas_id INTEGER NOT NULL, -- PAS id
  pa INTEGER NOT NULL, -- First physical address
  size INTEGER NOT NULL -- Bytes
) STRICT;
CREATE UNIQUE INDEX pas_metadata_prepared_by_seq_boot ON pas_metadata_prepared (seq, boot);

CREATE TABLE pas_metadata_released (
  -- pas.metadata_released: The metadata buffer was given back.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  pas_id INTEGER NOT NULL -- PAS id
) STRICT;
CREATE UNIQUE INDEX pas_metadata_released_by_seq_boot ON pas_metadata_released (seq, boot);

CREATE TABLE pas_image_initialised (
  -- pas.image_initialised: TrustZone accepted the metadata (PAS_INIT_IMAGE returned 0).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  pas_id INTEGER NOT NULL, -- PAS id
  metadata_pa INTEGER NOT NULL -- Where the metadata lay
) STRICT;
CREATE UNIQUE INDEX pas_image_initialised_by_seq_boot ON pas_image_initialised (seq, boot);

CREATE TABLE pas_memory_set_up (
  -- pas.memory_set_up: TrustZone knows where the firmware will be (PAS_MEM_SETUP returned 0).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  pas_id INTEGER NOT NULL, -- PAS id
  pa INTEGER NOT NULL, -- Carveout base
  size INTEGER NOT NULL -- Bytes of the image
) STRICT;
CREATE UNIQUE INDEX pas_memory_set_up_by_seq_boot ON pas_memory_set_up (seq, boot);

CREATE TABLE pas_authenticated (
  -- pas.authenticated: TrustZone authenticated the firmware and released the core from reset (PAS_AUTH_AND_RESET returned 0).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  pas_id INTEGER NOT NULL -- PAS id
) STRICT;
CREATE UNIQUE INDEX pas_authenticated_by_seq_boot ON pas_authenticated (seq, boot);

CREATE TABLE pas_shut_down (
  -- pas.shut_down: TrustZone stopped the core (PAS_SHUTDOWN returned 0).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  pas_id INTEGER NOT NULL -- PAS id
) STRICT;
CREATE UNIQUE INDEX pas_shut_down_by_seq_boot ON pas_shut_down (seq, boot);

CREATE TABLE pas_resource_table_returned (
  -- pas.resource_table_returned: TrustZone gave the list of what the core may reach (PAS_GET_RSCTABLE returned 0).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  pas_id INTEGER NOT NULL, -- PAS id
  size INTEGER NOT NULL, -- Bytes of the table
  entry_count INTEGER -- Entries, when the table itself is known
) STRICT;
CREATE UNIQUE INDEX pas_resource_table_returned_by_seq_boot ON pas_resource_table_returned (seq, boot);

CREATE TABLE pas_refused (
  -- pas.refused: TrustZone, or the hypervisor before it, refused a PAS call.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  pas_id INTEGER NOT NULL, -- PAS id
  call TEXT NOT NULL, -- Call, such as PAS_INIT_IMAGE
  errno INTEGER NOT NULL -- What the driver sees; positive when the firmware returned a result code
) STRICT;
CREATE UNIQUE INDEX pas_refused_by_seq_boot ON pas_refused (seq, boot);

CREATE TABLE firmware_requested (
  -- firmware.requested: A driver asked for a firmware file.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  name TEXT NOT NULL -- File name below the firmware path
) STRICT;
CREATE UNIQUE INDEX firmware_requested_by_seq_boot ON firmware_requested (seq, boot);

CREATE TABLE firmware_loaded (
  -- firmware.loaded: The file was found and read.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  name TEXT NOT NULL, -- File name below the firmware path
  size INTEGER NOT NULL -- Bytes of the .mdt or .mbn file
) STRICT;
CREATE UNIQUE INDEX firmware_loaded_by_seq_boot ON firmware_loaded (seq, boot);

CREATE TABLE firmware_segment_loaded (
  -- firmware.segment_loaded: A program segment was copied to its place in the carveout.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  name TEXT NOT NULL, -- File name below the firmware path
  segment INTEGER NOT NULL, -- Number of the program header
  pa INTEGER NOT NULL, -- First physical address
  size INTEGER NOT NULL -- Bytes
) STRICT;
CREATE UNIQUE INDEX firmware_segment_loaded_by_seq_boot ON firmware_segment_loaded (seq, boot);

CREATE TABLE firmware_refused (
  -- firmware.refused: A file could not be read, or was not taken by whoever it was for.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  name TEXT, -- File name below the firmware path
  step TEXT NOT NULL, -- What failed: `request`, `metadata`, `initialise`, `memory-setup`, `segment`
  errno INTEGER -- Error number
) STRICT;
CREATE UNIQUE INDEX firmware_refused_by_seq_boot ON firmware_refused (seq, boot);

CREATE TABLE remoteproc_registered (
  -- remoteproc.registered: The remoteproc core knows the processor ("… is available").
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  name TEXT NOT NULL, -- Name of the remote processor
  "index" INTEGER NOT NULL -- N of remoteprocN: in order of probing
) STRICT;
CREATE UNIQUE INDEX remoteproc_registered_by_seq_boot ON remoteproc_registered (seq, boot);

CREATE TABLE remoteproc_state_changed (
  -- remoteproc.state_changed: The processor is in a new state, as the remoteproc core sees it.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  name TEXT NOT NULL, -- Name of the remote processor
  state TEXT NOT NULL -- New state (`offline`, `starting`, `running`, `crashed`, `recovering`, `attached`, `failed`)
) STRICT;
CREATE UNIQUE INDEX remoteproc_state_changed_by_seq_boot ON remoteproc_state_changed (seq, boot);

CREATE TABLE remoteproc_interrupted (
  -- remoteproc.interrupted: The processor raised one of its interrupts (smp2p bits), or the driver said so.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  name TEXT NOT NULL, -- Name of the remote processor
  interrupt TEXT NOT NULL, -- Which (`ready`, `handover`, `fatal`, `watchdog`, `stop-ack`, `shutdown-ack`)
  raised INTEGER NOT NULL, -- Raised rather than lowered
  message TEXT -- Crash reason that the processor left
) STRICT;
CREATE UNIQUE INDEX remoteproc_interrupted_by_seq_boot ON remoteproc_interrupted (seq, boot);

CREATE TABLE remoteproc_signalled (
  -- remoteproc.signalled: Linux set or cleared a bit that the processor looks at, such as the request to stop.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  name TEXT NOT NULL, -- Name of the remote processor
  signal TEXT NOT NULL, -- Signal: `stop`, or the bit
  raised INTEGER NOT NULL -- Set rather than cleared
) STRICT;
CREATE UNIQUE INDEX remoteproc_signalled_by_seq_boot ON remoteproc_signalled (seq, boot);

CREATE TABLE remoteproc_memory_accessed (
  -- remoteproc.memory_accessed: The processor read, wrote or fetched through its SMMU stream.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  name TEXT NOT NULL, -- Name of the remote processor
  access TEXT NOT NULL, -- What it did (`read`, `write`, `fetch`)
  iova INTEGER NOT NULL, -- First I/O address
  size INTEGER NOT NULL -- Bytes
) STRICT;
CREATE UNIQUE INDEX remoteproc_memory_accessed_by_seq_boot ON remoteproc_memory_accessed (seq, boot);

CREATE TABLE remoteproc_crashed (
  -- remoteproc.crashed: The remoteproc core was told of a crash.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  name TEXT NOT NULL, -- Name of the remote processor
  type TEXT NOT NULL -- `mmufault`, `watchdog`, `fatal error`
) STRICT;
CREATE UNIQUE INDEX remoteproc_crashed_by_seq_boot ON remoteproc_crashed (seq, boot);

CREATE TABLE remoteproc_failed (
  -- remoteproc.failed: A step of bringing the processor up or down failed.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  name TEXT NOT NULL, -- Name of the remote processor
  step TEXT NOT NULL, -- Step, such as `start`, `stop`, `resource-table`, `authenticate`, `ready`
  errno INTEGER -- Error number
) STRICT;
CREATE UNIQUE INDEX remoteproc_failed_by_seq_boot ON remoteproc_failed (seq, boot);

CREATE TABLE device_identified (
  -- device.identified: From what the log said it follows whose a device, a number or a stream is: the subject. Told where neither the log says so outright nor the device trees of the SoC.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- Name: `remoteproc0`, `17300000.remoteproc`, `sid-0x3000`
  basis TEXT NOT NULL, -- How it is known: by the firmware that it loads, or by the crash that came with its fault (`firmware`, `crash`)
  evidence TEXT NOT NULL -- File, or what crashed
) STRICT;
CREATE UNIQUE INDEX device_identified_by_seq_boot ON device_identified (seq, boot);

CREATE TABLE device_probed (
  -- device.probed: The driver core tried to bind a driver to a device, and told the result: `initcall_debug` tells of each, without it there is a line for failures only.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- Device, as its lines name it
  driver TEXT, -- Driver, bus or class that the line names
  errno INTEGER NOT NULL, -- Result: 0, or an error; -517 means that it is tried again later
  duration_us INTEGER -- How long the probe took
) STRICT;
CREATE UNIQUE INDEX device_probed_by_seq_boot ON device_probed (seq, boot);

CREATE TABLE device_deferred (
  -- device.deferred: A device still waits for something that its driver needs, when the deferred-probe timeout is over (deferred_probe_timeout_work_func).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- Device, as its lines name it
  reason TEXT NOT NULL, -- Reason, in the words of the driver core
  supplier TEXT -- Device-tree node that it waits for, when the reason is a supplier
) STRICT;
CREATE UNIQUE INDEX device_deferred_by_seq_boot ON device_deferred (seq, boot);

CREATE TABLE device_failed (
  -- device.failed: A driver said that something it tried with a device failed.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- Device, as its lines name it
  driver TEXT, -- Driver, bus or class that the line names
  step TEXT NOT NULL, -- What failed, such as `shm-bridge-create`, `assign-memory`, `firmware-download`
  errno INTEGER, -- Error number
  detail TEXT -- What else the line tells
) STRICT;
CREATE UNIQUE INDEX device_failed_by_seq_boot ON device_failed (seq, boot);

CREATE TABLE device_noted (
  -- device.noted: A driver said something worth knowing that is no failure, also what is often taken for one, such as `qseecom-untested-machine`.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  device TEXT NOT NULL, -- Device, as its lines name it
  driver TEXT, -- Driver, bus or class that the line names
  note TEXT NOT NULL, -- What it said
  detail TEXT -- What else the line tells
) STRICT;
CREATE UNIQUE INDEX device_noted_by_seq_boot ON device_noted (seq, boot);

CREATE TABLE power_voted (
  -- power.voted: A vote for a clock, regulator, power domain or interconnect path.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  type TEXT NOT NULL, -- Type of resource (`clock`, `regulator`, `power-domain`, `interconnect`, `load-state`)
  resource TEXT NOT NULL, -- Resource
  level TEXT NOT NULL -- Level: `on`, `off`, or a number
) STRICT;
CREATE UNIQUE INDEX power_voted_by_seq_boot ON power_voted (seq, boot);

CREATE TABLE kernel_warned (
  -- kernel.warned: A WARN, a BUG that the kernel survived, or a report of lockdep, with its call trace: all of its lines are one event.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  file TEXT, -- Source file of the WARN
  file_line INTEGER, -- Line in that file
  message TEXT, -- What it says
  function TEXT, -- Function that it happened in, without offset
  cpu INTEGER, -- CPU
  task TEXT, -- Name of the task
  pid INTEGER, -- Process id of the task
  frames TEXT -- Call trace, innermost first, one frame a line, as far as it was printed
) STRICT;
CREATE UNIQUE INDEX kernel_warned_by_seq_boot ON kernel_warned (seq, boot);

CREATE TABLE kernel_oopsed (
  -- kernel.oopsed: The kernel did something that it could not go on from: a bad access, an abort of the bus, a BUG. All lines of the report are one event.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  reason TEXT NOT NULL, -- What happened, in the words of the kernel
  fault_address INTEGER, -- Virtual address that was accessed; 64 bits, as two's complement
  syndrome INTEGER, -- ESR
  function TEXT, -- Function that it happened in, without offset
  cpu INTEGER, -- CPU
  task TEXT, -- Name of the task
  pid INTEGER, -- Process id of the task
  frames TEXT, -- Call trace, innermost first, one frame a line, as far as it was printed
  caller TEXT -- Function that the link register points into
) STRICT;
CREATE UNIQUE INDEX kernel_oopsed_by_seq_boot ON kernel_oopsed (seq, boot);

CREATE TABLE kernel_panicked (
  -- kernel.panicked: The kernel stopped the machine.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  reason TEXT NOT NULL -- Why
) STRICT;
CREATE UNIQUE INDEX kernel_panicked_by_seq_boot ON kernel_panicked (seq, boot);

CREATE TABLE kernel_stalled (
  -- kernel.stalled: A watchdog of the kernel found that a CPU or a task does not get on. All lines of the report are one event.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  type TEXT NOT NULL, -- Which watchdog (`soft-lockup`, `hard-lockup`, `rcu-stall`, `hung-task`, `workqueue-lockup`)
  duration_s INTEGER, -- For how long
  function TEXT, -- Function that it happened in, without offset
  cpu INTEGER, -- CPU
  task TEXT, -- Name of the task
  pid INTEGER, -- Process id of the task
  frames TEXT -- Call trace, innermost first, one frame a line, as far as it was printed
) STRICT;
CREATE UNIQUE INDEX kernel_stalled_by_seq_boot ON kernel_stalled (seq, boot);

CREATE TABLE kernel_initcall_returned (
  -- kernel.initcall_returned: An initcall is done (`initcall_debug`).
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  function TEXT NOT NULL, -- Function
  errno INTEGER NOT NULL, -- Result
  duration_us INTEGER NOT NULL -- How long it took
) STRICT;
CREATE UNIQUE INDEX kernel_initcall_returned_by_seq_boot ON kernel_initcall_returned (seq, boot);

CREATE TABLE log_printed (
  -- log.printed: A line of a log, recognised or not: of the kernel, or, as its agent says, of firmware before it or of userspace beside it. What a recogniser makes of it follows as events that name this one as their cause.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  level INTEGER, -- Log level 0 to 7; null when the log does not tell
  text TEXT NOT NULL -- Line without level, time and caller; bytes that are no UTF-8 show as U+FFFD here and stay exact in the source
) STRICT;
CREATE UNIQUE INDEX log_printed_by_seq_boot ON log_printed (seq, boot);

CREATE TABLE log_annotated (
  -- log.annotated: A line that whoever recorded the log wrote around or between the lines of the machine: a field of an entry, a bracket, a mark of a lab.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  text TEXT NOT NULL -- Line
) STRICT;
CREATE UNIQUE INDEX log_annotated_by_seq_boot ON log_annotated (seq, boot);

CREATE TABLE log_clock_anchored (
  -- log.clock_anchored: Lines are dated by another clock than that of the kernel. Their times here are counted from where this reading of it puts the zero of the boot.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  clock TEXT NOT NULL, -- Which clock: the wall clock of a source, or that of a source by its name
  reading TEXT NOT NULL, -- What it said at the time of this event, or what was added to it
  evidence TEXT NOT NULL -- How the two are known to belong together
) STRICT;
CREATE UNIQUE INDEX log_clock_anchored_by_seq_boot ON log_clock_anchored (seq, boot);

CREATE TABLE log_suppressed (
  -- log.suppressed: Lines were left out, because there were too many: whatever is counted of what that function prints is a lower bound.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  printer TEXT NOT NULL, -- Function or device whose lines are limited
  count INTEGER -- How many messages were left out, when the line tells
) STRICT;
CREATE UNIQUE INDEX log_suppressed_by_seq_boot ON log_suppressed (seq, boot);

CREATE TABLE trace_hit (
  -- trace.hit: A tracepoint or probe fired for which no recogniser has a kind of its own.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  event TEXT NOT NULL, -- Event name
  function TEXT, -- Probed function, of a kprobe or kretprobe
  fields TEXT NOT NULL -- Text after the event name, without the probed place
) STRICT;
CREATE UNIQUE INDEX trace_hit_by_seq_boot ON trace_hit (seq, boot);

CREATE TABLE trace_commented (
  -- trace.commented: A line of a trace file that is no trace event: header, blank, or not understood.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  text TEXT NOT NULL -- Line
) STRICT;
CREATE UNIQUE INDEX trace_commented_by_seq_boot ON trace_commented (seq, boot);

CREATE TABLE trace_buffer_counted (
  -- trace.buffer_counted: The header of a trace says how many entries it holds, and how many were written: the difference was lost.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  kept INTEGER NOT NULL, -- Entries in the buffer
  written INTEGER NOT NULL -- Entries written
) STRICT;
CREATE UNIQUE INDEX trace_buffer_counted_by_seq_boot ON trace_buffer_counted (seq, boot);

CREATE TABLE trace_events_lost (
  -- trace.events_lost: The ring buffer overran ("CPU:n [LOST n EVENTS]"): what happened here is unknown.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  cpu INTEGER NOT NULL, -- CPU
  count INTEGER -- Number of events lost, when the kernel knows
) STRICT;
CREATE UNIQUE INDEX trace_events_lost_by_seq_boot ON trace_events_lost (seq, boot);

CREATE TABLE fault_injected (
  -- fault.injected: The simulator made something go wrong on purpose.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  fault TEXT NOT NULL, -- Failure mode, such as `F-53`
  target TEXT NOT NULL -- What it was done to
) STRICT;
CREATE UNIQUE INDEX fault_injected_by_seq_boot ON fault_injected (seq, boot);

CREATE TABLE source_taken (
  -- source.taken: A source of this boot is not a file as it was given: it was unpacked from one, or is what one boot of several left in it.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  file TEXT NOT NULL, -- Name of the file that was given
  file_content_id TEXT, -- SHA-256 of that file, where it could be read twice
  compression TEXT, -- How it was packed: `gzip`, `xz`, `zstd`, `bzip2`, `zip`; `utf-16le` or `utf-16be`
  first_boot INTEGER NOT NULL, -- The boot that the file begins with
  container INTEGER, -- Number of the source of that boot that keeps the packed file
  part INTEGER NOT NULL -- Which of the boots in the file this is, from 1
) STRICT;
CREATE UNIQUE INDEX source_taken_by_seq_boot ON source_taken (seq, boot);

CREATE TABLE source_repeated (
  -- source.repeated: A line that another source of this boot has too, as a console and `dmesg` do, or a trace and its report, or that two consoles print into one source: it is told once, by the event that is the cause.
  -- Derived from the log; made again at will by `trace index`.
  boot INTEGER NOT NULL, -- Number of the boot
  seq INTEGER NOT NULL, -- Position in the boot, in order of arrival
  t_ns INTEGER, -- Nanoseconds since the boot's zero; null where the log has no time
  agent TEXT NOT NULL, -- Who acted
  subject TEXT, -- What it is about
  text TEXT NOT NULL -- What the line says, or the name of its trace event
) STRICT;
CREATE UNIQUE INDEX source_repeated_by_seq_boot ON source_repeated (seq, boot);
