/**
 * What the series "secure PAS support for EL2" brought to Linux, part by part, so that each can be left out alone
 * (`--without`). Source: domain facts of the series as it was released first in Linux 7.0.
 */
export interface Part {
  readonly name: string;
  readonly title: string;
  /** What the machine does without it. */
  readonly without: string;
}

export const PARTS = [
  {
    name: 'iommus-binding',
    title: 'device-tree binding: `iommus` on a PAS node',
    without: 'no node may have `iommus`: Linux takes the path for a hypervisor, at any exception level',
  },
  {
    name: 'pas-id',
    title: 'qcom_scm: peripheral is called pas_id',
    without: 'a name only: nothing changes',
  },
  {
    name: 'pas-context',
    title: 'qcom_scm: PAS context, allocated and released with the device',
    without:
      'nothing remembers that the metadata belongs in the TrustZone pool: metadata is plain DMA memory',
  },
  {
    name: 'mdt-pas-load',
    title: 'mdt_loader: load with a PAS context',
    without: 'the loader knows no context: metadata is plain DMA memory',
  },
  {
    name: 'driver-context',
    title: 'remoteproc pas: use the PAS context',
    without: 'the driver calls load and authenticate without a context: no bridges of its own',
  },
  {
    name: 'prepare-auth',
    title: 'qcom_scm: prepare and authenticate, with a bridge over the carveout',
    without: 'PAS_AUTH_AND_RESET comes with no bridge over the carveout',
  },
  {
    name: 'init-image-split',
    title: 'qcom_scm: simplified init_image',
    without: 'a refactoring only: nothing changes',
  },
  {
    name: 'shm-bridge',
    title: 'qcom_scm: metadata in bridged memory where no hypervisor makes the bridge',
    without: 'metadata is plain DMA memory, outside any bridge',
  },
  {
    name: 'rsc-table',
    title: 'qcom_scm: resource table from TrustZone',
    without: 'PAS_GET_RSCTABLE is never called: no devmem is mapped',
  },
  {
    name: 'parse-fw',
    title: 'remoteproc pas: parse_fw fetches the resource table',
    without: 'nobody asks for the resource table: no devmem is mapped',
  },
  {
    name: 'map-carveout',
    title: 'remoteproc pas: map and unmap the carveout',
    without: 'the carveout is not mapped: the first fetch of the core faults',
  },
  {
    name: 'el2-overlay',
    title: 'device tree: EL2 overlay of the SoC',
    without: 'no remoteproc node has `iommus`; video and GPU zap shader stay enabled',
  },
] as const satisfies readonly Part[];

export type PartName = (typeof PARTS)[number]['name'];

export function findPart(name: string): PartName | undefined {
  return PARTS.find((part) => part.name === name)?.name;
}
