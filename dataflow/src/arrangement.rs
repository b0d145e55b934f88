//! Which threads, processes and hosts search together.

use timely::CommunicationConfig as Config;

use crate::error::Error;

/// Threads of this process, and the processes it works with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrangement {
    /// Threads of each process, at least 1.
    pub threads: usize,
    /// Which of the processes this one is, from 0.
    pub process: usize,
    /// Where each process listens, `HOST:PORT`; one that works alone has none.
    pub hosts: Vec<String>,
}

impl Arrangement {
    /// One process with so many threads.
    #[must_use]
    pub fn alone(threads: usize) -> Arrangement {
        Arrangement {
            threads: threads.max(1),
            process: 0,
            hosts: Vec::new(),
        }
    }

    /// Reads timely's options: `-w THREADS -n PROCESSES -p PROCESS -h HOSTFILE`. Without `-w` there
    /// are `threads` in each process, without `-h` all are on this machine, from port 2101 on.
    ///
    /// # Errors
    /// When timely does not know an option, a number is out of range, or the file of hosts cannot
    /// be read or has too few lines.
    pub fn parse(arguments: &[String], threads: usize) -> Result<Arrangement, Error> {
        let wrong = |what: String| Error::Options(format!("in timely's options: {what}"));
        let with_threads = ["-w".to_owned(), threads.to_string()];
        let has_threads = arguments
            .iter()
            .any(|a| a.starts_with("-w") || a.starts_with("--threads"));
        let default = if has_threads { &[][..] } else { &with_threads };
        let all = default.iter().chain(arguments).cloned();
        let (config, free) = Config::from_args(all).map_err(wrong)?;
        if let Some(free) = free.first() {
            return Err(wrong(format!("`{free}` is no option")));
        }
        let arrangement = match config {
            Config::Thread => Arrangement::alone(1),
            Config::Process(threads) | Config::ProcessBinary(threads) => {
                Arrangement::alone(threads)
            }
            Config::Cluster {
                threads,
                process,
                addresses,
                ..
            } => Arrangement {
                threads,
                process,
                hosts: addresses.iter().map(|a| a.trim().to_owned()).collect(),
            },
        };
        let processes = arrangement.processes();
        if arrangement.threads == 0 {
            return Err(wrong(
                "`-w 0`: a process has at least one thread".to_owned(),
            ));
        }
        if arrangement.process >= processes {
            let process = arrangement.process;
            return Err(wrong(format!(
                "`-p {process}`: {processes} processes are numbered from 0 to {}",
                processes - 1
            )));
        }
        let is_address = |host: &&String| {
            host.rsplit_once(':')
                .is_some_and(|(name, port)| !name.is_empty() && port.parse::<u16>().is_ok())
        };
        match arrangement.hosts.iter().find(|host| !is_address(host)) {
            Some(host) => Err(wrong(format!(
                "`{host}` in the file of hosts is no `HOST:PORT`"
            ))),
            None => Ok(arrangement),
        }
    }

    /// Number of processes.
    #[must_use]
    pub fn processes(&self) -> usize {
        self.hosts.len().max(1)
    }

    /// Number of workers, in all processes.
    #[must_use]
    pub fn workers(&self) -> usize {
        self.processes() * self.threads
    }
}

#[cfg(test)]
mod tests {
    use super::Arrangement;

    fn parse(text: &str) -> Result<Arrangement, String> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        Arrangement::parse(&words, 2).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_timelys() {
        assert_eq!(parse(""), Ok(Arrangement::alone(2)));
        assert_eq!(parse("-w 3"), Ok(Arrangement::alone(3)));
        let both = parse("-n 2 -p 1").unwrap();
        assert_eq!((both.threads, both.process), (2, 1));
        assert_eq!(both.hosts, ["localhost:2101", "localhost:2102"]);
        assert_eq!(both.workers(), 4);
    }

    #[test]
    fn wrong_options_are_told() {
        for (text, what) in [
            ("-q", "'q'"),
            ("-w many", "invalid digit"),
            ("-n 2 -w 0", "at least one thread"),
            ("-n 2 -p 2", "numbered from 0 to 1"),
            ("-n 2 -h /nowhere", "No such file"),
            ("-n 2 -h /dev/null", "could only read 0"),
            ("4", "`4` is no option"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(what), "{text}: {error}");
        }
    }
}
