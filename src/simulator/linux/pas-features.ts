import type { BootPlan } from '../boot-plan.ts';

/** What of the series takes part in this boot of this processor. */
export interface PasFeatures {
  readonly metadataInPool: boolean;
  readonly bridgesCarveout: boolean;
  readonly fetchesTable: boolean;
  readonly mapsCarveout: boolean;
}

/** Which parts of the series act: all of them need the node to have `iommus`, and the context to know it. */
export function pasFeatures({ parts }: BootPlan, hasIommus: boolean): PasFeatures {
  const usesContext = hasIommus && parts.has('pas-context') && parts.has('driver-context');
  return {
    metadataInPool: usesContext && parts.has('mdt-pas-load') && parts.has('shm-bridge'),
    bridgesCarveout: usesContext && parts.has('prepare-auth'),
    fetchesTable: usesContext && parts.has('rsc-table') && parts.has('parse-fw'),
    mapsCarveout: hasIommus && parts.has('map-carveout'),
  };
}
