package import Foundation

extension stat {
  /// When the file was last written to.
  package var modified: timespec {
    #if canImport(Darwin)
      st_mtimespec
    #else
      st_mtim
    #endif
  }
}
