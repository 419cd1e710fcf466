// The bill of materials of the binaries (CycloneDX 1.6, JSON): the packages that came into the bundle, the Node runtime,
// and the libraries that the runtime itself says it is built of.
import { execFileSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { ARCHITECTURES, runtimeFolder } from "./runtimes.mjs"

/** Of process.versions, what is no library: the numbers of its binary interfaces. */
const INTERFACES = ["modules", "napi"]

/** @returns the document's text, checked against the schema; the same for the same inputs */
export async function billOfMaterials() {
  // Among the packages of packaging/, which may be installed only now.
  const cyclonedx = createRequire(`${runtimeFolder("x64")}/`)("@cyclonedx/cyclonedx-library")
  const { Enums, Models, Serialize, Spec, Validation } = cyclonedx
  const { name, version, license } = readJson("package.json")
  const main = component(cyclonedx, { type: Enums.ComponentType.Application, name, version, license })
  main.purl = purl(name, version)
  const bom = new Models.Bom({ metadata: new Models.Metadata({ component: main }) })
  for (const part of [...bundledPackages(cyclonedx), nodeRuntime(cyclonedx)]) {
    bom.components.add(part)
    main.dependencies.add(part.bomRef)
  }
  const spec = Spec.Spec1dot6
  const text = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(spec)).serialize(bom, {
    sortLists: true,
    space: 2,
  })
  const failure = await new Validation.JsonStrictValidator(spec.version).validate(text)
  if (failure !== null) throw new Error(`The bill of materials is not valid: ${JSON.stringify(failure)}`)
  return `${text}\n`
}

/** The build lists what came into the bundle by the headings of its notices: "NAME VERSION (LICENCE)". */
function bundledPackages(cyclonedx) {
  const { Enums } = cyclonedx
  const { packages } = readJson("package-lock.json")
  const headings = readFileSync("dist/THIRD-PARTY-NOTICES.txt", "utf8").matchAll(
    /(?:^|-{80}\n\n)(\S+) (\S+) \((.+)\)\n/g,
  )
  return [...headings].map(([, name, version, license]) => {
    const part = component(cyclonedx, { type: Enums.ComponentType.Library, name, version, license })
    part.purl = purl(name, version)
    addHash(cyclonedx, part.hashes, packages[`node_modules/${name}`].integrity)
    return part
  })
}

function nodeRuntime(cyclonedx) {
  const { Enums, Models } = cyclonedx
  const versions = JSON.parse(
    execFileSync(`${runtimeFolder(process.arch)}/bin/node`, ["-p", "JSON.stringify(process.versions)"]),
  )
  const node = component(cyclonedx, {
    type: Enums.ComponentType.Platform,
    name: "node",
    version: versions.node,
    license: "MIT",
  })
  node.cpe = `cpe:2.3:a:nodejs:node.js:${versions.node}:*:*:*:*:*:*:*`
  node.purl = `pkg:generic/node@${versions.node}`
  const { packages } = readJson("packaging/package-lock.json")
  for (const arch of ARCHITECTURES) {
    const source = `node-linux-${arch}`
    const type = Enums.ExternalReferenceType.Distribution
    const reference = new Models.ExternalReference(purl(source, versions.node), type)
    addHash(cyclonedx, reference.hashes, packages[`node_modules/${source}`].integrity)
    node.externalReferences.add(reference)
  }
  for (const [name, version] of Object.entries(versions))
    if (name !== "node" && version !== "" && !INTERFACES.includes(name))
      node.components.add(component(cyclonedx, { type: Enums.ComponentType.Library, name, version, parent: "node" }))
  return node
}

function component({ Models }, { type, name, version, license, parent }) {
  const bomRef = [parent, `${name}@${version}`].filter(Boolean).join("/")
  const part = new Models.Component(type, name, { version, bomRef })
  if (license) part.licenses.add(new Models.SpdxLicense(license))
  return part
}

/** @param integrity as npm writes it: "sha512-" and base64 */
function addHash({ Enums }, hashes, integrity) {
  const [, digest] = /^sha512-(.+)$/.exec(integrity)
  hashes.set(Enums.HashAlgorithm["SHA-512"], Buffer.from(digest, "base64").toString("hex"))
}

const purl = (name, version) => `pkg:npm/${name.replace("@", "%40")}@${version}`

const readJson = (file) => JSON.parse(readFileSync(file, "utf8"))
