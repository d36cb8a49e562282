/**
 * What a machine is before it boots: everything that the simulator needs to know of a SoC, as data. Adding a SoC
 * is adding one of these (src/soc/descriptions). Addresses are physical, sizes in bytes.
 */
export interface SocDescription {
  /** Code name, in lower case: what `--soc` takes. */
  readonly name: string;
  /** Other names that `--soc` takes: part numbers. */
  readonly aliases: readonly string[];
  /** One line for people. */
  readonly title: string;
  readonly board: BoardDescription;
  readonly reservedMemory: readonly RegionDescription[];
  readonly scm: ScmDescription;
  readonly smmu: SmmuDescription;
  readonly remoteprocs: readonly RemoteprocDescription[];
  /** Drivers that load firmware through PAS without the remoteproc framework. */
  readonly clients: readonly PasClientDescription[];
  /** Streams of the camera, which no driver of the model uses; left out where they are not known. */
  readonly cameraStreams?: readonly StreamDescription[];
  /** What the device-tree overlay for Linux at EL2 changes; null where Linux 7.2 has none for this SoC. */
  readonly el2Overlay: El2OverlayDescription | null;
}

export interface BoardDescription {
  /** `model` of the device tree, as the kernel prints it. */
  readonly model: string;
  readonly cpuCount: number;
  /** CNTFRQ_EL0, as the kernel says it of its timer. */
  readonly timerHz: number;
  readonly memory: readonly { readonly pa: number; readonly size: number }[];
  /** Where Linux takes DMA memory and page tables from (model assumption: a quiet part of RAM). */
  readonly heap: { readonly pa: number; readonly size: number };
  /** Whether the in-kernel protection-domain mapper knows the board (drivers/soc/qcom/qcom_pd_mapper.c). */
  readonly hasPdMapper: boolean;
}

export interface RegionDescription {
  /** Node name with unit address, such as `pil-adsp@95900000`: the kernel prints it. */
  readonly name: string;
  readonly pa: number;
  readonly size: number;
  readonly noMap: boolean;
}

export interface ScmDescription {
  /** Register that holds the download mode (`qcom,dload-mode`); null where the node has none. */
  readonly downloadModeRegister: number | null;
  /** Whether this machine is on tzmem's list of those that cannot do SHM bridges (drivers/firmware/qcom/qcom_tzmem.c). */
  readonly isBridgeBlacklisted: boolean;
  /** Version that QSEECOM answers with; null where the call does not exist, as on a kernel built without it. */
  readonly qseecomVersion: number | null;
}

/** The IOMMU that the remote processors sit behind. */
export interface SmmuDescription {
  /** Device name, such as `15000000.iommu`. */
  readonly device: string;
  readonly architecture: 'smmu-v2' | 'smmu-v3';
  /** Bits of I/O virtual address of a stage-1 domain, and of what it puts out. */
  readonly inputBits: number;
  readonly outputBits: number;
  readonly isCoherent: boolean;
  /** Stream-match groups, and context banks with Linux at EL1 (the hypervisor keeps some) and at EL2. SMMUv2 only. */
  readonly streamMatchGroups: number;
  readonly contextBanks: { readonly el1: number; readonly el2: number };
  /** Page sizes that the hardware reports, as a bitmap. */
  readonly pageSizes: number;
}

/** A stream-match entry in the device tree: bits set in `mask` are not compared. */
export interface StreamDescription {
  readonly streamId: number;
  readonly mask: number;
}

export interface RemoteprocDescription {
  /** Name that the remoteproc core prints (`sysmon_name` of the match data), which is also the events' subject. */
  readonly name: string;
  /** Unit address of the node: `30000000` of remoteproc@30000000, without leading zeros. */
  readonly unitAddress: string;
  /** The node's compatible that the PAS driver matches: often not its first. */
  readonly compatible: string;
  readonly pasId: number;
  readonly dtbPasId: number | null;
  /** Lite firmware that UEFI may have started on this core, stopped at every load. */
  readonly litePasId: number | null;
  readonly liteDtbPasId: number | null;
  readonly firmware: FirmwareDescription;
  readonly dtbFirmware: FirmwareDescription | null;
  /** Names of regions in {@link SocDescription.reservedMemory}. */
  readonly carveout: string;
  readonly dtbCarveout: string | null;
  /** Boots when its driver probes; else user space starts it. */
  readonly autoBoot: boolean;
  /** PAS_SHUTDOWN is repeated while TrustZone encrypts the memory. */
  readonly decryptShutdown: boolean;
  readonly loadState: string | null;
  readonly proxyPowerDomains: readonly string[];
  /** `interconnects` of the node, which the vote is for: source and destination; null where it has none. */
  readonly interconnect: string | null;
  /** Has a GLINK edge, so that sysmon finds its shutdown-control service. */
  readonly hasGlink: boolean;
  /** Regions that the driver assigns to other VMs while it probes (`region_assign_*` of the match data). */
  readonly assignedRegions: readonly {
    readonly region: string;
    readonly vmid: number;
    readonly isShared: boolean;
  }[];
  /** What TrustZone lists for this core; identity mapped. */
  readonly resourceTable: readonly DevmemDescription[];
  /** Streams of the FastRPC compute context banks below the node. */
  readonly computeStreams: readonly StreamDescription[];
}

/** An entry of type RSC_DEVMEM. */
export interface DevmemDescription {
  readonly name: string;
  readonly pa: number;
  readonly size: number;
  /** IOMMU_* bits: 1 read, 2 write. */
  readonly flags: number;
}

/** A firmware image to be built: its layout is given, its content follows from name and seed. */
export interface FirmwareDescription {
  /** Path below the firmware folder. */
  readonly path: string;
  /** Bytes of the file, which the kernel prints. */
  readonly fileSize: number;
  /** Bytes of memory from the first loadable segment's start to the last one's end, as PAS_MEM_SETUP gives it. */
  readonly memorySize: number;
  /** Offset of the entry point in the image. */
  readonly entryOffset: number;
  /** Bytes of ELF header, program headers and hash segment; null for what follows from the number of segments. */
  readonly metadataSize: number | null;
}

/** A driver that loads firmware by the calls without a PAS context. */
export interface PasClientDescription {
  /** Subject of its events: `video`, `gpu-zap`. */
  readonly name: string;
  readonly driver: 'iris' | 'venus' | 'zap';
  /** Device and its driver as log lines begin: `qcom-iris aa00000.video-codec`. */
  readonly device: string;
  readonly pasId: number;
  readonly firmware: FirmwareDescription;
  readonly carveout: string;
  readonly streams: readonly StreamDescription[];
  /** Arguments of VIDEO_VAR; null for clients that do not make that call. */
  readonly contentProtection: readonly [number, number, number, number] | null;
}

export interface El2OverlayDescription {
  /** File name without suffix, such as `lemans-el2`. */
  readonly name: string;
  /** `model` that it gives the board; null where it keeps the board's. */
  readonly model: string | null;
  /** `iommus` of the remoteproc nodes, by processor name. */
  readonly iommus: Readonly<Record<string, StreamDescription>>;
  /** Clients that it disables. */
  readonly disables: readonly string[];
}
