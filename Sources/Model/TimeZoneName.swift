package import Foundation

extension TimeZone {
  /// The zone's name for people and reports; Foundation calls UTC "GMT".
  package var ianaName: String { identifier == "GMT" || identifier == "Etc/UTC" ? "UTC" : identifier }
}
