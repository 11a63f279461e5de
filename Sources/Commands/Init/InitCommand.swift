import ArgumentParser
import Foundation
import Ledger
import Model
import Pricing
import Reading
import Report

/// `ccr-audit init`: from nothing to the first report.
struct InitCommand: AuditCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Set up: look for records, write a configuration, read everything, show the first report.",
    discussion: """
      Asks what it cannot find out, and takes the default for all of it with --yes. A configuration that is there \
      already is left as it is, so that running it again changes nothing that somebody edited.

        ccr-audit init
        ccr-audit init --yes --timezone Asia/Seoul --schedule
        ccr-audit init --yes --subscription ollama-cloud-pro=2026-06-01
      """)

  @Flag(help: "Ask nothing: take the defaults and the options.")
  var yes = false

  @Option(help: "The model that everything is compared with, PROVIDER/MODEL.", completion: .models)
  var baseline: String?

  @Option(help: "The file that holds the webhook's URL for alerts (mode 0600).", completion: .file())
  var webhookFile: String?

  @Option(
    help: ArgumentHelp(
      "A plan that you pay, with its first day. Repeats. (default: the first of this month)",
      valueName: "plan=day"), completion: .plans)
  var subscription: [String] = []

  @Flag(help: "Also install the schedule: read every 15 minutes, report after midnight.")
  var schedule = false

  @OptionGroup var options: GlobalOptions

  func run(in context: Context) throws(CommandFailure) {
    var flags = baseline.map { [FlagValue(\.baseline, "--baseline", [$0])] } ?? []
    if let webhookFile { flags.append(FlagValue(\.webhookFile, "--webhook-file", [webhookFile])) }
    let workspace = try Workspace(options, in: context, flags: flags, makesConfig: true)
    try workspace.demandOneLedger()
    let found = Self.describePlaces(workspace)
    try configure(workspace, makesLedger: found)
    guard found else {
      throw CommandFailure(
        "no records were found, so there is nothing to report yet",
        hint: "use the router or Claude Code and run `ccr-audit ingest`, or name records: `ccr-audit ingest PATH`")
    }
    // One log that cannot be read costs neither the report nor the schedule.
    var failures: [CommandFailure] = []
    func attempt<Command: AuditCommand>(_ type: Command.Type, _ arguments: [String] = []) {
      do throws(CommandFailure) {
        try Self.run(type, arguments, options, in: context)
      } catch {
        if !failures.contains(where: { $0.sentence == error.sentence }) { failures.append(error) }
      }
    }
    attempt(IngestCommand.self)
    attempt(ReportCommand.self, ["--all"] + (baseline.map { ["--baseline=\($0)"] } ?? []))
    // At the end of input nobody wants it.
    let installs = schedule || (try? wantsSchedule(workspace)) == true
    if installs {
      attempt(ScheduleInstall.self)
    } else {
      workspace.notes.note(
        "next: `ccr-audit schedule install` reads every 15 minutes, before routers delete their logs; "
          + "`ccr-audit doctor` says what cannot be measured here")
    }
    for failure in failures.dropFirst() { workspace.notes.warning(failure.sentence) }
    if let first = failures.first { throw first }
  }

  /// Says where records lie.
  /// - Returns: whether any do.
  private static func describePlaces(_ workspace: Workspace) -> Bool {
    let places = workspace.settings.logs.value
    let present = places.filter { FileManager.default.fileExists(atPath: $0) }
    let owners = owners(workspace.context)
    for place in places {
      let owner = owners[place].map { ", \($0)" } ?? ""
      workspace.notes.note((present.contains(place) ? "found      " : "not found  ") + place + owner)
    }
    let router = workspace.settings.routerConfig.value
    if FileManager.default.fileExists(atPath: router) {
      workspace.notes.note("found      \(router), the router's configuration")
    }
    return !present.isEmpty
  }

  /// Which program keeps its records at each of the usual places.
  private static func owners(_ context: Context) -> [String: String] {
    let surroundings = Surroundings(environment: context.environment, home: context.homeDirectory)
    let pairs = Sources.all.list.flatMap { source in
      source.places(in: surroundings).map { ($0, source.name.rawValue) }
    }
    return Dictionary(pairs) { first, second in first == second ? first : "\(first), \(second)" }
  }

  /// Whether somebody at a terminal has the jobs installed at once.
  private func wantsSchedule(_ workspace: Workspace) throws(CommandFailure) -> Bool {
    guard !yes, Descriptor.isTerminal(workspace.context.inputDescriptor) else { return false }
    let answer = try Prompt(workspace.context).line("read every 15 minutes and report after midnight from now on [y/N]")
    return ["y", "yes"].contains(answer.lowercased())
  }

  /// Writes the configuration where there is none. What is refused is refused before.
  /// - Parameter makesLedger: whether there is something to read into it.
  private func configure(_ workspace: Workspace, makesLedger: Bool) throws(CommandFailure) {
    let path = workspace.settings.config.value
    let isNew = !FileManager.default.fileExists(atPath: path)
    if isNew || baseline != nil { try Self.demandBaseline(workspace.settings.baseline.value, workspace) }
    if isNew || webhookFile != nil, let file = workspace.settings.webhookFile.value { try Self.demandWebhook(file) }
    guard isNew else {
      workspace.notes.note("kept       \(path) as it is")
      return try sayWhatIsNotKept(workspace)
    }
    if !yes, !Descriptor.isTerminal(workspace.context.inputDescriptor) {
      workspace.notes.note(
        "standard input is no terminal: nothing is asked, and nothing of it is read; options say what is no default")
    }
    let folder = URL(filePath: AtomicFile.end(of: path)).deletingLastPathComponent().path
    // Before anything is made, and before anybody is asked.
    if let error = AtomicFile.obstacle(toFilesIn: folder) { throw Self.unwritable(path, error) }
    let answers = try answers(workspace)
    let paid = try subscriptions(workspace)
    if makesLedger { _ = try workspace.ledger() }
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Self.unwritable(path, AtomicFile.obstacle(toFilesIn: folder) ?? SystemError(code: EIO))
    }
    try AtomicFile.save(ConfigurationText.text(answers, subscriptions: paid), to: path, mode: 0o600)
    workspace.notes.note("wrote      \(path)")
  }

  private static func unwritable(_ path: String, _ error: SystemError) -> CommandFailure {
    CommandFailure(
      "the configuration \(path) cannot be written: \(error)",
      hint: "name files that can be written: `ccr-audit init --config FILE --ledger FILE --history FILE`")
  }

  /// Refuses a baseline that the table does not have.
  private static func demandBaseline(_ baseline: ModelID, _ workspace: Workspace) throws(CommandFailure) {
    let prices = try workspace.prices(beforeFirstFile: true)
    guard prices.resolve(baseline) == nil else { return }
    throw AuditJob.unknown(baseline, in: prices)
  }

  /// Refuses a file that no alert could be sent by.
  private static func demandWebhook(_ file: String) throws(CommandFailure) {
    do throws(DeliveryError) {
      _ = try WebhookSource(environment: [:], file: file).load()
    } catch {
      throw CommandFailure(error.description, hint: "write the webhook's URL into it, and `chmod 600` it")
    }
  }

  /// Names the options that would stand in a new configuration, and the command that takes each up now.
  private func sayWhatIsNotKept(_ workspace: Workspace) throws(CommandFailure) {
    let kept = try GlobalOptions.settings(ofFile: workspace.settings.config.value, in: workspace.context)
    for (key, flag) in Self.keysOfFlags(workspace.settings) {
      let values = key.show(workspace.settings).values
      guard values != key.show(kept).values else { continue }
      // Nothing is sent here but what waits, by the configuration.
      let effect = key.name == "slack.webhook_url_file" ? "changes nothing" : "holds for this run only"
      workspace.notes.warning("\(flag) \(effect), as there is a configuration; write `\(key.name):` into it")
    }
    guard !subscription.isEmpty else { return }
    let paid = Set(try workspace.prices(beforeFirstFile: true).plans.map(\.name))
    for wanted in try subscriptions(workspace) where !paid.contains(wanted.plan) {
      workspace.notes.warning(
        "--subscription changes nothing, as there is a configuration; "
          + "`\(Cure.subscribing(to: wanted.plan)) --from \(wanted.from)` does")
    }
  }

  /// The keys that a flag set, with the flag.
  private static func keysOfFlags(_ settings: Settings) -> [(key: SettingKey, flag: String)] {
    SettingKey.all.compactMap { key in
      guard case .flag(let flag) = key.show(settings).origin, key.name != "color" else { return nil }
      return (key, flag)
    }
  }

  /// What goes into the configuration: what flags say, and what a person answers. A default is not written down, so
  /// that it can follow a newer program.
  private func answers(_ workspace: Workspace) throws(CommandFailure) -> [String: String] {
    let settings = workspace.settings
    var answers: [String: String] = [:]
    for (key, _) in Self.keysOfFlags(settings) { answers[key.name] = key.show(settings).values.first }
    // The zone is written down: the jobs of a schedule must count the same days as this shell.
    answers["timezone"] = settings.timeZone.value.ianaName
    guard !yes, Descriptor.isTerminal(workspace.context.inputDescriptor) else { return answers }
    let prompt = Prompt(workspace.context)
    for question in [
      ("timezone", "time zone that days are counted in", settings.timeZone.value.ianaName),
      ("baseline", "model to compare with", settings.baseline.value.description),
      ("slack.webhook_url_file", "file that holds a Slack webhook's URL, or nothing", ""),
    ] where question.0 == "timezone" || answers[question.0] == nil {
      let answer = try prompt.ask(question.1, default: question.2, key: question.0, workspace) {
        settings throws(CommandFailure) in
        switch question.0 {
        case "baseline": try Self.demandBaseline(settings.baseline.value, workspace)
        case "slack.webhook_url_file": if let file = settings.webhookFile.value { try Self.demandWebhook(file) }
        default: break
        }
      }
      if let answer { answers[question.0] = answer }
    }
    return answers
  }

  /// The plans that are paid: those of flags, or what a person answers.
  private func subscriptions(_ workspace: Workspace) throws(CommandFailure) -> [Subscription] {
    let prices = try workspace.prices(beforeFirstFile: true)
    let offers = prices.offers.map(\.name)
    let today = CivilDay(milliseconds: workspace.context.now(), in: workspace.settings.timeZone.value)
    var paid: [Subscription] = []
    func add(_ text: String) throws(CommandFailure) {
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      let day = parts.count > 1 ? CivilDay(parts[1]) : today.firstOfMonth
      guard let name = parts.first, let day else {
        throw CommandFailure(
          "\(Display.text(text)) must be a plan, or PLAN=DAY such as ollama-cloud-pro=2026-06-01", status: .usage)
      }
      let all = paid.filter { $0.plan != name } + [Subscription(plan: name, from: day)]
      do throws(PricingError) {
        _ = try prices.subscribing(to: all)
      } catch .invalid(let findings) {
        throw CommandFailure(findings.map(\.message).joined(separator: "; "), status: .usage)
      } catch {
        throw CommandFailure("\(error)")
      }
      paid = all
    }
    for text in subscription { try add(text) }
    guard subscription.isEmpty, !yes, Descriptor.isTerminal(workspace.context.inputDescriptor) else { return paid }
    let prompt = Prompt(workspace.context)
    while true {
      let answer = try prompt.line("a plan that you pay, as PLAN=FIRST-DAY, `?` for their names, or nothing")
      if answer.isEmpty { return paid }
      do throws(CommandFailure) {
        if answer == "?" {
          workspace.context.errors.write(
            offers.sorted().joined(separator: ", ").wrapped(to: 80).map { $0 + "\n" }.joined())
        } else {
          try add(answer)
        }
      } catch {
        workspace.context.errors.write(error.sentence.wrapped(to: 80).map { $0 + "\n" }.joined())
      }
    }
  }

  /// Runs another command with the same options.
  private static func run<Command: AuditCommand>(
    _ type: Command.Type, _ arguments: [String], _ options: GlobalOptions, in context: Context
  ) throws(CommandFailure) {
    let command: Command
    do {
      command = try Command.parse(arguments + options.arguments)
    } catch {
      throw CommandFailure(Command.message(for: error), status: .usage)
    }
    try command.run(in: context)
  }
}

/// Questions to a person at a terminal.
private struct Prompt {
  let context: Context

  init(_ context: Context) { self.context = context }

  /// The line that somebody answers.
  /// - Throws: `CommandFailure` at the end of input: nobody chose the defaults.
  func line(_ question: String) throws(CommandFailure) -> String {
    context.errors.write(question + ": ")
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try Descriptor.read(4096, from: context.inputDescriptor)
    } catch {
      throw CommandFailure("cannot read the answer: \(error)")
    }
    guard !bytes.isEmpty else {
      context.errors.write("\n")
      throw CommandFailure(
        "the answers ended here, and nothing more was done", hint: "`ccr-audit init --yes` takes the defaults")
    }
    return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// The models of the table that a name without its provider may stand for, in a line; empty for any other key.
  private func near(_ answer: String, _ key: SettingKey, _ workspace: Workspace) -> String {
    guard key.name == "baseline", let prices = try? workspace.prices(beforeFirstFile: true) else {
      return ""
    }
    let model = ModelID(answer) ?? ModelID(provider: workspace.settings.baseline.value.provider, model: answer)
    let names = prices.modelNames(like: model).map(\.description)
    return names.isEmpty ? "" : "names like it: \(names.joined(separator: ", "))\n"
  }

  /// Asks until the answer is one that the key takes; `nil` for the default.
  func ask(
    _ question: String, default text: String, key name: String, _ workspace: Workspace,
    check: (Settings) throws(CommandFailure) -> Void
  ) throws(CommandFailure) -> String? {
    guard let key = SettingKey.all.first(where: { $0.name == name }) else { return nil }
    while true {
      let answer = try line("\(question)\(text.isEmpty ? "" : " [\(text)]")")
      if answer.isEmpty || answer == text { return nil }
      var settings = workspace.settings
      let base = PathBase(folder: context.currentDirectory, home: context.homeDirectory, variables: nil)
      do throws(ConfigurationError) {
        try key.apply(&settings, RawSetting(texts: [answer], origin: .flag("the answer")), base)
      } catch {
        context.errors.write("\(error)\n" + near(answer, key, workspace))
        continue
      }
      do throws(CommandFailure) {
        try check(settings)
        return key.show(settings).values.first ?? answer
      } catch {
        context.errors.write(error.message)
      }
    }
  }
}
