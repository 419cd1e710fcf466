/** The fields of Kubernetes' pods, of Deployments and StatefulSets, and of what Tekton's steps share with containers. */
import { ANY, any, FREE } from "./shapes.mjs"

export const resources = { limits: FREE, requests: FREE, claims: ANY }
export const securityContext = {
  ...any("allowPrivilegeEscalation", "privileged", "procMount", "readOnlyRootFilesystem", "runAsGroup", "runAsNonRoot"),
  ...any("runAsUser", "seLinuxOptions", "windowsOptions"),
  capabilities: any("add", "drop"),
  seccompProfile: any("type", "localhostProfile"),
  appArmorProfile: any("type", "localhostProfile"),
}
const keyRef = any("name", "key", "optional")
export const env = [
  {
    ...any("name", "value"),
    valueFrom: { ...any("fieldRef", "resourceFieldRef"), secretKeyRef: keyRef, configMapKeyRef: keyRef },
  },
]
const envFrom = [{ prefix: ANY, secretRef: any("name", "optional"), configMapRef: any("name", "optional") }]
export const volumeMounts = [
  any("name", "mountPath", "readOnly", "subPath", "subPathExpr", "mountPropagation", "recursiveReadOnly"),
]
/** What containers and steps have. */
export const container = {
  ...any("name", "image", "command", "args", "workingDir", "imagePullPolicy", "volumeDevices"),
  ...{ env, envFrom, volumeMounts, securityContext },
}

/** What pods and Tekton's podTemplate have. */
export const pod = {
  ...any("nodeSelector", "tolerations", "affinity", "runtimeClassName", "automountServiceAccountToken"),
  ...any("dnsPolicy", "dnsConfig", "enableServiceLinks", "priorityClassName", "schedulerName", "imagePullSecrets"),
  ...any("hostAliases", "hostNetwork", "hostUsers", "topologySpreadConstraints"),
  securityContext: {
    ...any("runAsUser", "runAsGroup", "runAsNonRoot", "fsGroup", "fsGroupChangePolicy", "supplementalGroups"),
    ...any("supplementalGroupsPolicy", "seLinuxOptions", "sysctls", "windowsOptions"),
    seccompProfile: any("type", "localhostProfile"),
  },
}

/** Volumes from files: of a pod, or behind a workspace. */
export const fileVolumes = {
  configMap: any("name", "items", "defaultMode", "optional"),
  secret: any("secretName", "items", "defaultMode", "optional"),
  persistentVolumeClaim: any("claimName", "readOnly"),
}
export const volumeClaim = {
  ...any("apiVersion", "kind"),
  metadata: ANY,
  spec: {
    ...any("accessModes", "storageClassName", "volumeMode", "volumeName", "selector", "dataSource", "dataSourceRef"),
    resources,
  },
}

const probe = {
  ...any("exec", "httpGet", "tcpSocket", "grpc", "initialDelaySeconds", "timeoutSeconds", "periodSeconds"),
  ...any("successThreshold", "failureThreshold", "terminationGracePeriodSeconds"),
}
const podContainer = {
  ...container,
  ...any("lifecycle", "resizePolicy", "restartPolicy", "stdin", "stdinOnce", "tty"),
  ...any("terminationMessagePath", "terminationMessagePolicy"),
  ...{ resources, livenessProbe: probe, readinessProbe: probe, startupProbe: probe },
  ports: [any("name", "containerPort", "protocol", "hostIP", "hostPort")],
}
const volume = {
  ...any("name", "emptyDir", "projected", "csi", "downwardAPI", "ephemeral", "hostPath", "image", "nfs"),
  ...fileVolumes,
}
const template = {
  metadata: { ...any("name"), labels: FREE, annotations: FREE },
  spec: {
    ...pod,
    ...any("serviceAccountName", "restartPolicy", "terminationGracePeriodSeconds", "activeDeadlineSeconds", "hostname"),
    ...any(
      "subdomain",
      "shareProcessNamespace",
      "hostPID",
      "hostIPC",
      "nodeName",
      "os",
      "overhead",
      "preemptionPolicy",
    ),
    ...any("readinessGates", "resourceClaims", "schedulingGates", "setHostnameAsFQDN"),
    ...{ containers: [podContainer], initContainers: [podContainer], volumes: [volume] },
  },
}
const workload = {
  ...any("replicas", "minReadySeconds", "revisionHistoryLimit"),
  ...{ selector: any("matchLabels", "matchExpressions"), template },
}

export const deploymentSpec = {
  ...workload,
  ...any("paused", "progressDeadlineSeconds"),
  strategy: any("type", "rollingUpdate"),
}
export const statefulSetSpec = {
  ...workload,
  ...any("serviceName", "podManagementPolicy", "persistentVolumeClaimRetentionPolicy", "ordinals"),
  ...{ updateStrategy: any("type", "rollingUpdate"), volumeClaimTemplates: [volumeClaim] },
}
