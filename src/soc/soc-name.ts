/** Part numbers as Qualcomm writes them, with the suffix that some carry: SA8775P, QCS9100, X1E80100, MSM8998. */
const PART_NUMBER = /\b((?:apq|ipq|msm|qcm|qcs|qrb|sa|sar|sc|sdm|sdx|sm|x1[ep]) ?\d{3,6}(?:p|xp|pro)?)\b/i;

/**
 * Code names that stand for the part number in Linux, in models and in the folders of firmware. Nord is none of them
 * here: phones are called so. Source: arch/arm64/boot/dts/qcom of Linux 7.2.
 */
const CODE_NAME = /\b(?:eliza|glymur|kaanapali|mahua|milos|shikra)\b/i;

/** Names of SoCs and of boards whose model does not tell the part. Source: arch/arm64/boot/dts/qcom of Linux 7.2. */
const NAMES: readonly (readonly [RegExp, string])[] = [
  [/\blemans\b/i, 'sa8775p'],
  [/\bmonaco\b/i, 'qcs8300'],
  [/\bkodiak\b|\brb3 ?gen ?2\b/i, 'qcs6490'],
  [/\bhamoa\b/i, 'x1e80100'],
  [/\btalos\b/i, 'qcs615'],
  [/\bpurwa\b/i, 'x1p42100'],
  [/\brobotics rb5\b/i, 'qrb5165'],
  [/\brobotics rb2\b/i, 'qrb4210'],
  [/\brobotics rb1\b/i, 'qrb2210'],
  [/\bdragonboard 845c\b|\bdb845c\b/i, 'sdm845'],
  [/\bdb820c\b/i, 'msm8996'],
  [/\byoga c630\b/i, 'sdm850'],
  [/\bthinkpad x13s\b/i, 'sc8280xp'],
  [/\bthinkpad t14s gen 6\b/i, 'x1e78100'],
  [/\bsurface pro 9 5g\b|\bwindows dev kit 2023\b/i, 'sc8280xp'],
  [/\bflex 5g\b/i, 'sc8180x'],
  [/\bsurface pro 12 ?in(?:ch)?\b|\bomnibook x 14-fe1\b|\bzenbook a14 \(ux3407q/i, 'x1p42100'],
  [
    /\bsurface (?:pro 11|laptop 7)|\byoga slim 7x\b|\bvivobook s 15\b|\bxps 13 9345\b|\bomnibook x 14\b|\belitebook ultra g1q\b|\binspiron 14 plus 7441\b|\blatitude 7455\b|\bzenbook a14 \(ux3407r/i,
    'x1e80100',
  ],
  [/\boneplus 6t?\b|\bpocophone f1\b|\bshift6mq\b|\bmi mix 2s\b|\bxperia xz2\b/i, 'sdm845'],
  [/\bgalaxy book2\b/i, 'sdm850'],
  [/\boneplus 5t?\b|\bxiaomi mi 6\b|\bfxtec pro1\b|\bxperia xz premium\b/i, 'msm8998'],
  [/\boneplus 3t?\b|\bxiaomi mi 5\b|\bxiaomi mi note 2\b/i, 'msm8996'],
  [/\bsurface duo 2\b|\boneplus 9\b/i, 'sm8350'],
  [/\bsurface duo\b/i, 'sm8150'],
  [/\bpixel 3a\b/i, 'sdm670'],
  [/\bredmi note 7\b(?! pro)/i, 'sdm660'],
  [/\bredmi note 4x\b/i, 'msm8953'],
  [/\bnothing phone \(1\)/i, 'sm7325'],
  [/\bdragonboard 410c\b|\bdb410c\b|\bzenfone 2 laser\b/i, 'msm8916'],
  [/\bfairphone 3\b/i, 'sdm632'],
  [/\bfairphone 4\b/i, 'sm7225'],
  [/\bfairphone 5\b/i, 'qcm6490'],
];

/** The SoC that a machine model speaks of, in lower case; undefined when it names none that we know. */
export function socOfModel(model: string): string | undefined {
  const part = PART_NUMBER.exec(model)?.[1]?.replace(' ', '').toLowerCase();
  return (
    part ?? NAMES.find(([pattern]) => pattern.test(model))?.[1] ?? CODE_NAME.exec(model)?.[0].toLowerCase()
  );
}

/** The SoC whose folder a firmware file lies in: `qcom/sa8775p/adsp.mbn`. Not every folder is a SoC's: `qcom/vpu/…`. */
export function socOfFirmware(path: string): string | undefined {
  const folder = /^qcom\/([^/]+)\//.exec(path)?.[1];
  if (folder === undefined) return undefined;
  return [PART_NUMBER, CODE_NAME].some((name) => name.exec(folder)?.[0] === folder) ? folder : undefined;
}
