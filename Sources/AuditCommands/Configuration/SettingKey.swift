import Foundation
import Usage

/// One key of the configuration: its name in the file (a dot stands for a level), its place in `Settings`, how its
/// text is read, and how it is shown.
struct SettingKey: Sendable {
  /// Every key, in the order of `config show`.
  static let all: [SettingKey] = [
    SettingKey("logs", \.logs, .list(of: .path)),
    SettingKey("router_config", \.routerConfig, .path),
    SettingKey("ledger", \.ledger, .path),
    SettingKey("pricing", \.pricing, .optional(.path)),
    SettingKey("history", \.history, .path),
    SettingKey("baseline", \.baseline, .model),
    SettingKey("other_baselines", \.otherBaselines, .list(of: .model)),
    SettingKey("ratio", \.ratio, .choice()),
    SettingKey("cache_life", \.cacheLife, .choice()),
    SettingKey("currency", \.currency, .currency),
    SettingKey("timezone", \.timeZone, .timeZone),
    SettingKey("thresholds.max_ratio", \.maxRatio, .positiveDecimal),
    SettingKey("thresholds.min_requests", \.minRequests, .count),
    SettingKey("thresholds.min_cost_usd", \.minCostUSD, .decimal),
    SettingKey("thresholds.min_coverage", \.minCoverage, .share),
    SettingKey("slack.webhook_url_file", \.webhookFile, .optional(.path)),
    SettingKey("slack.recovered", \.tellsRecovered, .flag),
    SettingKey("heartbeat_url_file", \.heartbeatFile, .optional(.path)),
    SettingKey("prometheus_textfile", \.prometheusFile, .optional(.path)),
    SettingKey("catch_up_days", \.catchUpDays, .count),
    SettingKey("color", \.color, .choice(), shared: Self.sharedColorVariable),
  ]

  let name: String
  let property: any PartialKeyPath<Settings> & Sendable
  let isList: Bool
  /// Reads a value that other programs share, such as `NO_COLOR`: the variable, and the text it stands for.
  let shared: @Sendable (Context) -> (variable: String, text: String)?
  let apply: @Sendable (inout Settings, RawSetting, PathBase) throws(ConfigurationError) -> Void
  let show: @Sendable (Settings) -> (values: [String], origin: Origin)

  private init<Value: Sendable>(
    _ name: String, _ property: any WritableKeyPath<Settings, Sourced<Value>> & Sendable, _ type: SettingType<Value>,
    shared: @escaping @Sendable (Context) -> (variable: String, text: String)? = { _ in nil }
  ) {
    self.name = name
    self.property = property
    self.isList = type.isList
    self.shared = shared
    self.apply = { settings, raw, base throws(ConfigurationError) in
      do throws(SettingProblem) {
        guard type.isList || raw.texts.count == 1 else { throw SettingProblem("must be one value, not a list") }
        settings[keyPath: property] = Sourced(try type.read(raw.texts, base), raw.origin)
      } catch {
        throw .invalidValue(key: name, problem: error.sentence, origin: raw.origin)
      }
    }
    self.show = { (type.show($0[keyPath: property].value), $0[keyPath: property].origin) }
  }

  /// The variable that sets it.
  var variable: String { "CCR_AUDIT_" + name.uppercased().replacing(".", with: "_") }

  private static func sharedColorVariable(_ context: Context) -> (variable: String, text: String)? {
    if context.variable("NO_COLOR") != nil { return ("NO_COLOR", ColorChoice.never.rawValue) }
    if let force = context.variable("CLICOLOR_FORCE"), force != "0" {
      return ("CLICOLOR_FORCE", ColorChoice.always.rawValue)
    }
    return nil
  }
}

/// A value as somebody wrote it.
struct RawSetting: Sendable {
  var texts: [String]
  var origin: Origin
}

/// A flag's value for a setting.
package struct FlagValue: Sendable {
  let property: any PartialKeyPath<Settings> & Sendable
  let raw: RawSetting

  /// - Parameters:
  ///   - property: the setting.
  ///   - flag: the flag as the user writes it (`--ledger`).
  ///   - texts: what the user wrote after it; more than one only for a list.
  package init(_ property: any PartialKeyPath<Settings> & Sendable, _ flag: String, _ texts: [String]) {
    self.property = property
    self.raw = RawSetting(texts: texts, origin: .flag(flag))
  }
}
