-- Once, when the database is made: Airflow's own is there already, this is the warehouse.
CREATE DATABASE tasking OWNER airflow TEMPLATE template0 LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';
