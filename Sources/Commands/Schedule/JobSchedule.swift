import Foundation
import Ledger
import Model

/// The schedule that fits this machine and these settings.
struct JobSchedule {
  let manager: Schedule.Manager
  let workspace: Workspace

  init(_ workspace: Workspace, _ options: ManagerOptions) throws(CommandFailure) {
    self.workspace = workspace
    switch (workspace.context.platform, options.system) {
    case (.linux, false): manager = .systemdUser
    case (.linux, true): manager = .systemdSystem
    case (.macOS, false): manager = .launchd
    case (.macOS, true): throw CommandFailure("--system is for systemd; launchd runs the jobs as you", status: .usage)
    }
  }

  private var context: Context { workspace.context }
  private var settings: Settings { workspace.settings }

  /// Where the manager looks for units.
  var unitFolder: String {
    let configHome = context.variable("XDG_CONFIG_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
    return Schedule.unitFolder(of: manager, home: context.homeDirectory, configHome: configHome)
  }

  /// The jobs, with all that they would not find by themselves: a manager hands over neither this shell's variables nor
  /// its folder.
  func schedule(_ system: SystemOptions) throws(CommandFailure) -> Schedule {
    let (ledger, history) = (ledgerPath, place(settings.history, "history.jsonl"))
    var options: [String] = []
    if settings.configExists { options += ["--config", settings.config.value] }
    options += ["--ledger", ledger]
    // Where its disk is not mounted some night, a new one would tell everything again.
    if (try? LedgerFile.isThere(at: ledger)) == true { options.append("--existing-ledger") }
    options += ["--history", history]
    let bare = try bareSettings()
    if let pricing = settings.pricing.value, pricing != bare.pricing.value { options += ["--pricing", pricing] }
    // TZ is this shell's, and the system's zone is read through it.
    let isOfShell = bare.timeZone.origin == .default && context.variable("TZ") != nil
    if isOfShell || settings.timeZone.value.identifier != bare.timeZone.value.identifier {
      options += ["--timezone", settings.timeZone.value.ianaName]
    }
    if settings.routerConfig.value != bare.routerConfig.value {
      options += ["--router-config", settings.routerConfig.value]
    }
    // A place that is named has to be there, so only what is not found anyway is named.
    if settings.logs.value != bare.logs.value { options += settings.logs.value }
    return Schedule(
      manager: manager, program: context.program, options: options,
      writable: Set(
        ([ledger, history] + [settings.prometheusFile.value, settings.html.value].compactMap(\.self)).map {
          URL(filePath: $0).deletingLastPathComponent().path
        }
      ).sorted(),
      group: system.group, credential: system.credential.map(context.absolute),
      logFolder: "\(context.homeDirectory)/Library/Logs/ccr-audit")
  }

  /// The ledger of the jobs.
  var ledgerPath: String { place(settings.ledger, "ledger.sqlite") }

  /// What the jobs will not know.
  func warnings() -> [String] {
    let handedOver = ["ledger", "history", "pricing", "timezone", "router_config", "logs"]
    var variables = SettingKey.all.filter { !handedOver.contains($0.name) }.compactMap { key -> String? in
      if case .environment(let name) = key.show(settings).origin { name } else { nil }
    }
    if context.variable(WebhookSource.variable) != nil { variables.append(WebhookSource.variable) }
    var warnings = variables.map {
      "\($0) is set in this shell only; write it into \(settings.config.value) for the jobs"
    }
    if manager == .systemdSystem, settings.logs.origin == .default {
      warnings.append("no logs are configured; the machine-wide jobs have no home folder to look for them")
    }
    return warnings
  }

  /// The machine-wide jobs keep their files in a folder of their own, unless told otherwise.
  private func place(_ setting: Sourced<String>, _ name: String) -> String {
    manager == .systemdSystem && setting.origin == .default ? "\(Schedule.systemStateFolder)/\(name)" : setting.value
  }

  /// What is in force without this shell.
  private func bareSettings() throws(CommandFailure) -> Settings {
    var bare = context
    bare.environment = [:]
    do throws(ConfigurationError) {
      return try Settings.load(in: bare, config: settings.configExists ? settings.config.value : nil)
    } catch {
      // The file may need the shell's variables: then everything is handed over.
      return Settings(defaultsIn: bare)
    }
  }
}

extension CommandFailure {
  init(_ error: DeliveryError) { self.init(error.description) }
}
