package import Foundation

extension TimeZone {
  /// The zone's name for people, reports and records. UTC is `UTC`, although Foundation calls it `GMT` and Debian `Etc/UTC`.
  package var ianaName: String { Self.ianaName(identifier) }

  /// The name under which the zone of any name is kept.
  package static func ianaName(_ name: String) -> String { name == "GMT" || name == "Etc/UTC" ? "UTC" : name }
}
