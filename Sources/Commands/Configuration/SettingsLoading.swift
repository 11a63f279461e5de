import Foundation
import Model

extension Settings {
  static let configVariable = "CCR_AUDIT_CONFIG"

  /// Puts the layers on each other: defaults, the file, the environment, flags.
  /// - Parameters:
  ///   - config: the file that `--config` names.
  ///   - flags: what other flags say.
  ///   - makesConfig: whether a file that is named and not there is about to be written.
  package static func load(
    in context: Context, config: String? = nil, flags: [FlagValue] = [], makesConfig: Bool = false
  ) throws(ConfigurationError) -> Settings {
    var settings = Settings(defaultsIn: context)
    let ofEnvironment = PathBase(
      folder: context.currentDirectory, home: context.homeDirectory, variables: context.environment)
    let ofFlags = PathBase(folder: context.currentDirectory, home: context.homeDirectory, variables: nil)

    if let config {
      settings.config = Sourced(try path(config, ofFlags, .flag("--config")), .flag("--config"))
    } else if let config = context.variable(configVariable) {
      let origin = Origin.environment(configVariable)
      settings.config = Sourced(try path(config, ofEnvironment, origin), origin)
    }
    try settings.readFile(in: context, makesConfig: makesConfig)
    try settings.readEnvironment(in: context, ofEnvironment)
    for flag in flags {
      guard let key = SettingKey.all.first(where: { $0.property == flag.property }) else {
        preconditionFailure("\(flag.raw.origin) sets what is no setting")
      }
      try key.apply(&settings, flag.raw, ofFlags)
    }
    if settings.timeZone.origin == .default, let text = context.variable("TZ"), let zone = try zone(named: text),
      zone.identifier != settings.timeZone.value.identifier
    {
      settings.timeZone = Sourced(zone, .environment("TZ"))
    }
    return settings
  }

  /// The zone that TZ names in a way that the system's own look-up takes for UTC, so that each day of every report would
  /// be another one: behind a colon, or by its file. `nil` where the system's zone is the right one.
  private static func zone(named text: String) throws(ConfigurationError) -> TimeZone? {
    var name = text.hasPrefix(":") ? String(text.dropFirst()) : text
    if name.hasPrefix("/") {
      let file = URL(filePath: name).resolvingSymlinksInPath().path(percentEncoded: false)
      guard let folder = file.range(of: "/zoneinfo/") else { throw .unknownZone(text) }
      name = String(file[folder.upperBound...])
    }
    if name.isEmpty || (name == text && name.wholeMatch(of: /[A-Za-z]{3,}[+-]?0{1,2}/) != nil) { return nil }
    // Foundation reads `UTC+9` as nine hours ahead, POSIX as nine hours behind, and takes `EST` for a zone with summers.
    guard let zone = TimeZone(identifier: name), zone.identifier == name || zone.ianaName == "UTC" else {
      throw .unknownZone(text)
    }
    return zone
  }

  private static func path(_ text: String, _ base: PathBase, _ origin: Origin) throws(ConfigurationError) -> String {
    do throws(SettingProblem) {
      return try base.absolute(text)
    } catch {
      throw .invalidValue(key: "config", problem: error.sentence, origin: origin)
    }
  }

  private mutating func readFile(in context: Context, makesConfig: Bool) throws(ConfigurationError) {
    let path = config.value
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try Descriptor.settledContents(ofFile: path)
    } catch {
      if error.isNoSuchFile, config.origin == .default || makesConfig { return }
      throw .unreadable(path: path, reason: error.description, namedBy: config.origin)
    }
    configExists = true
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
    let base = PathBase(
      folder: folder.isEmpty ? "/" : folder, home: context.homeDirectory, variables: context.environment)
    for (key, raw) in try ConfigurationFile(path: path, bytes: bytes).entries {
      try key.apply(&self, raw, base)
    }
  }

  private mutating func readEnvironment(in context: Context, _ base: PathBase) throws(ConfigurationError) {
    let known =
      SettingKey.all.map(\.variable) + [
        Self.configVariable, WebhookSource.variable, SecretSource.fleetPasswordVariable, SecretSource.fleetSaltVariable,
      ]
    let unknown = context.environment.keys.filter { $0.hasPrefix("CCR_AUDIT_") && !known.contains($0) }
    if let name = unknown.min() {
      throw .unknownVariable(name, nearest: nearest(to: name, in: known).first)
    }
    for key in SettingKey.all {
      let own = context.variable(key.variable).map { (variable: key.variable, text: $0) }
      guard let (variable, text) = own ?? key.shared(context) else { continue }
      let texts = key.isList && !key.isMapping ? text.split(separator: ":").map(String.init) : [text]
      try key.apply(&self, RawSetting(texts: texts, origin: .environment(variable)), base)
    }
  }
}
