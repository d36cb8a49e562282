import type { SocState } from '../soc/soc-state.ts';
import { type BootPlan, preloadedProcessor } from './boot-plan.ts';
import { SmcConduit } from './conduit.ts';
import { Hypervisor } from './hypervisor.ts';
import { LinuxKernel } from './linux/kernel.ts';
import type { EventListener } from './recording.ts';
import { RemoteProcessor } from './remote-processor.ts';
import { SmmuHardware } from './smmu-hardware.ts';
import { TrustZone } from './trustzone.ts';
import { type Digest, World } from './world.ts';

/** Virtual time after which a boot is over, whatever still goes on. */
const LIMIT_NS = 600_000_000_000;

/** Boots a SoC: every event goes to `listener`, in order. Returns the state that it ends in. */
export function simulate(plan: BootPlan, sha384: Digest, listener: EventListener): SocState {
  const world = new World(plan, sha384, listener);
  world.recording.emit(
    'boot.started',
    { agent: 'simulator', context: null },
    {
      origin: 'simulation',
      soc: plan.soc.name,
      board: plan.soc.board.model,
      mode: plan.mode.name,
      kernel: plan.kernel.release,
      scenario: plan.scenario,
      seed: plan.seed,
    },
  );
  world.faults.announce();
  const { soc } = world.plan;
  const smmu = new SmmuHardware(world);
  const processors = new Map(
    soc.remoteprocs.map((description) => [description.name, new RemoteProcessor(world, smmu, description)]),
  );
  for (const processor of processors.values()) {
    processor.onFatal = (reason) => takeAlong(processor, processors, reason);
  }
  const coreOf = (pasId: number): RemoteProcessor | undefined => {
    const description = soc.remoteprocs.find((candidate) => candidate.pasId === pasId);
    return description === undefined ? undefined : processors.get(description.name);
  };
  const trustzone = new TrustZone(world, {
    release: (pasId, entry) => coreOf(pasId)?.release(entry),
    hold: (pasId) => coreOf(pasId)?.hold(),
  });
  const hypervisor = plan.mode.hypervisor === null ? null : new Hypervisor(world, trustzone, smmu);
  const preloaded = preloadedProcessor(world.plan);
  if (preloaded !== null) {
    hypervisor?.adopt(preloaded);
    processors.get(preloaded)?.startBeforeLinux();
  }
  new LinuxKernel(world, new SmcConduit(world, trustzone, hypervisor), smmu, processors).start();
  world.scheduler.run(LIMIT_NS);
  world.recording.emit('boot.finished', { agent: 'simulator', context: null }, { outcome: world.outcome });
  return world.state;
}

/** A core that dies in the middle of its talk with another takes that along: the first of the others that is up. */
function takeAlong(
  dead: RemoteProcessor,
  processors: ReadonlyMap<string, RemoteProcessor>,
  reason: string,
): void {
  for (const other of processors.values()) if (other !== dead && other.crashSoon(reason)) return;
}
